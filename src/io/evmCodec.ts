import {
  AbiDecodingZeroDataError,
  ContractFunctionRevertedError,
  decodeAbiParameters,
  encodeAbiParameters,
  parseAbiItem,
  stringify,
  toFunctionSelector,
  type AbiFunction,
} from 'viem';
import type { Hex } from '../model/source.ts';

/** A function as it is called: read out of its text once, since hashing a signature costs more than the call. */
export interface Signature {
  readonly abi: AbiFunction;
  readonly selector: Hex;
  /** Simulates a trade or a withdrawal in place of reading storage, so it burns far more gas than a view. */
  readonly heavy: boolean;
}

const signatures = new Map<string, Signature>();

/** @throws {Error} when the text is no function signature. */
export function signatureOf(text: string): Signature {
  const known = signatures.get(text);
  if (known !== undefined) return known;
  const abi = parseAbiItem(text) as AbiFunction;
  const heavy = abi.stateMutability !== 'view' && abi.stateMutability !== 'pure';
  const made = { abi, selector: toFunctionSelector(abi), heavy };
  signatures.set(text, made);
  return made;
}

/** Identifies a call's arguments; the common flat ones without walking them. */
export function argumentsKey(args: readonly unknown[]): string {
  return args.some((value) => typeof value === 'object') ? stringify(args) : args.join();
}

/** Encodings kept at once; beyond it all are forgotten and made anew. */
const MOST_KEPT = 200_000;
const encoded = new Map<string, Hex>();

/** The calldata of a call, encoded once for the same signature and arguments. */
export function calldataOf(text: string, args: readonly unknown[]): Hex {
  const key = `${text} ${argumentsKey(args)}`;
  const known = encoded.get(key);
  if (known !== undefined) return known;
  const { abi, selector } = signatureOf(text);
  const data: Hex = `${selector}${encodeAbiParameters(abi.inputs, args.map(lowered)).slice(2)}`;
  if (encoded.size >= MOST_KEPT) encoded.clear();
  encoded.set(key, data);
  return data;
}

/** viem refuses an address whose capitals are no valid checksum, and one refusal would fail the whole multicall. */
export function lowered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lowered);
  if (typeof value === 'string' && /^0x[0-9a-fA-F]{40}$/.test(value)) return value.toLowerCase();
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, lowered(inner)]));
}

/**
 * What a call answered, in viem's types. A whole number alone, by far the most frequent, is read without a decoder.
 * @throws {AbiDecodingZeroDataError} when there is nothing to decode.
 */
export function decodeAnswer(text: string, data: Hex): unknown {
  const { abi } = signatureOf(text);
  if (data === '0x') throw new AbiDecodingZeroDataError();
  const [only, ...others] = abi.outputs;
  const bits = others.length === 0 && only !== undefined && /^uint(\d+)$/.exec(only.type)?.[1];
  if (bits && data.length >= WORD + 2) {
    const value = BigInt(data.slice(0, WORD + 2));
    return Number(bits) <= 48 ? Number(value) : value;
  }
  const values: readonly unknown[] = decodeAbiParameters(abi.outputs, data);
  return values.length === 1 ? values[0] : values;
}

/** The error of a call that reverted with `data`. */
export function revertOf(text: string, data: Hex): ContractFunctionRevertedError {
  return new ContractFunctionRevertedError({ abi: [], data, functionName: signatureOf(text).abi.name });
}

/** One call of a multicall. */
export interface Call {
  readonly target: Hex;
  readonly data: Hex;
}

export interface Outcome {
  readonly success: boolean;
  readonly data: Hex;
}

/** `aggregate3((address,bool,bytes)[])` of Multicall3. */
const AGGREGATE3 = '0x82ad56cb';
/** Hex digits of one word. */
const WORD = 64;

const word = (value: number) => value.toString(16).padStart(WORD, '0');
const TRUE = word(1);

/** Calldata of Multicall3's `aggregate3`, every call allowed to fail. */
export function encodeBatch(calls: readonly Call[]): Hex {
  const tails = calls.map(({ target, data }) => {
    const digits = data.slice(2);
    const padded = digits.padEnd(Math.ceil(digits.length / WORD) * WORD, '0');
    return `${target.slice(2).toLowerCase().padStart(WORD, '0')}${TRUE}${word(96)}${word(digits.length / 2)}${padded}`;
  });
  let offset = calls.length * 32;
  const heads = tails.map((tail) => {
    const head = word(offset);
    offset += tail.length / 2;
    return head;
  });
  return `${AGGREGATE3}${word(32)}${word(calls.length)}${heads.join('')}${tails.join('')}`;
}

/**
 * The answers of `aggregate3`, in the order of its calls.
 * @throws {Error} when it is no such answer.
 */
export function decodeBatch(data: Hex, count: number): readonly Outcome[] {
  const digits = data.slice(2);
  const numberAt = (byte: number): number => {
    const value = Number(`0x${digits.slice(byte * 2, byte * 2 + WORD)}`);
    if (byte * 2 + WORD <= digits.length && Number.isSafeInteger(value)) return value;
    throw new Error('The answer of a multicall ends too early or holds an impossible offset.');
  };
  const start = numberAt(0);
  if (numberAt(start) !== count) throw new Error(`A multicall of ${count} calls was answered by ${numberAt(start)}.`);
  return Array.from({ length: count }, (_, index) => {
    const item = start + 32 + numberAt(start + 32 + index * 32);
    const bytes = item + numberAt(item + 32);
    const length = numberAt(bytes);
    const from = (bytes + 32) * 2;
    if (from + length * 2 > digits.length) throw new Error('The answer of a multicall ends too early.');
    return { success: numberAt(item) === 1, data: `0x${digits.slice(from, from + length * 2)}` };
  });
}
