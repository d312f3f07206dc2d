import fc from 'fast-check';
import { decodeFunctionData, encodeFunctionData, encodeFunctionResult, multicall3Abi, parseAbi, toHex } from 'viem';
import { describe, expect, it } from 'vitest';
import { calldataOf, decodeAnswer, decodeBatch, encodeBatch } from '../../src/io/evmCodec.ts';
import type { Hex } from '../../src/model/source.ts';

const address = fc.uint8Array({ minLength: 20, maxLength: 20 }).map((bytes) => toHex(bytes));
const bytes = fc.uint8Array({ maxLength: 150 }).map((array) => toHex(array));

describe('encodeBatch', () => {
  it('writes what viem writes', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ target: address, data: bytes }), { maxLength: 12 }), (calls) => {
        const args = calls.map(({ target, data }) => ({ target, allowFailure: true, callData: data }));
        const expected = encodeFunctionData({ abi: multicall3Abi, functionName: 'aggregate3', args: [args] });
        expect(encodeBatch(calls)).toBe(expected);
      }),
    );
  });
});

describe('decodeBatch', () => {
  it('reads what viem writes', () => {
    const outcomes = fc.array(fc.record({ success: fc.boolean(), data: bytes }), { maxLength: 12 });
    fc.assert(
      fc.property(outcomes, (given) => {
        const result = given.map(({ success, data }) => ({ success, returnData: data }));
        const data = encodeFunctionResult({ abi: multicall3Abi, functionName: 'aggregate3', result });
        expect(decodeBatch(data, given.length)).toEqual(given);
      }),
    );
  });

  it('refuses an answer cut off anywhere, and one of another length', () => {
    const result = [
      { success: true, returnData: toHex(7n, { size: 32 }) },
      { success: false, returnData: '0x' as Hex },
    ];
    const data = encodeFunctionResult({ abi: multicall3Abi, functionName: 'aggregate3', result });
    for (let length = 2; length < data.length; length += 32) {
      expect(() => decodeBatch(data.slice(0, length) as Hex, 2)).toThrow(/multicall/);
    }
    expect(() => decodeBatch(data, 3)).toThrow('A multicall of 3 calls was answered by 2.');
  });
});

describe('decodeAnswer', () => {
  it('reads whole numbers of every width as viem does', () => {
    const widths = fc.constantFrom(8, 32, 40, 48, 56, 128, 160, 256);
    fc.assert(
      fc.property(widths, fc.bigInt({ min: 0n, max: 255n }), (bits, value) => {
        const expected = bits <= 48 ? Number(value) : value;
        expect(decodeAnswer(`function f() view returns (uint${bits})`, toHex(value, { size: 32 }))).toBe(expected);
      }),
    );
  });

  it.each([
    ['function f() view returns (uint256)', '0x', /zero data|decode/i],
    ['function f() view returns (uint256)', '0x1234', /size|bounds|small/i],
    ['function f() view returns (bool)', toHex(7n, { size: 32 }), /boolean/i],
  ])('refuses %s of %s', (signature, data, why) => {
    expect(() => decodeAnswer(signature, data as Hex)).toThrow(why);
  });
});

describe('calldataOf', () => {
  it('tells apart calls whose arguments look alike', () => {
    const signature = 'function f(uint256[][] a) view returns (uint256)';
    const abi = parseAbi([signature] as readonly string[]);
    for (const args of [[[[1n, 2n], [3n]]], [[[1n], [2n, 3n]]]]) {
      const { args: back } = decodeFunctionData({ abi, data: calldataOf(signature, args) });
      expect(back).toEqual(args);
    }
  });

  it('takes addresses of any capitals, inside tuples too', () => {
    const data = calldataOf('function f((address who, uint256 amount) order) view returns (uint256)', [
      { who: '0xABcdEFABcdEFabcdEfAbCdefabcdeFABcDEFabCD'.replace('AB', 'ab'), amount: 1n },
    ]);
    expect(data).toContain('abcdefabcdefabcdefabcdefabcdefabcdefabcd');
  });
});
