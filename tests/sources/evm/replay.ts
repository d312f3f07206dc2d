import { text } from 'node:stream/consumers';
import {
  decodeFunctionData,
  encodeFunctionData,
  encodeFunctionResult,
  multicall3Abi,
  parseAbiItem,
  toFunctionSelector,
  toHex,
} from 'viem';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Abi, AbiFunction, Hex } from 'viem';
import { reply, serve } from '../../io/http-server.ts';

/** One call and the answer to it, as a node gives it; absent: the contract reverts. */
interface Recorded {
  readonly to: string;
  readonly data: string;
  readonly result?: string;
}

/** A call that is answered by arithmetic, since its arguments are not known beforehand. */
interface Answered {
  readonly to: string;
  readonly function: string;
  readonly answer: (args: readonly unknown[]) => unknown;
}

export interface Recording {
  readonly chainId: number;
  readonly block?: number;
  /** Unix seconds of the block. */
  readonly timestamp?: number;
  readonly calls: readonly Recorded[];
  readonly answered?: readonly Answered[];
}

export function recorded(name: string): unknown {
  return JSON.parse(readFileSync(join(import.meta.dirname, `../../fixtures/recorded/${name}.json`), 'utf8')) as unknown;
}

/** A call as the recordings that kept numbers tell it, encoded again. */
export function call(to: string, signature: string, args: readonly unknown[], answer: unknown): Recorded {
  return { ...revert(to, signature, args), result: answerOf(signature, answer) };
}

export function revert(to: string, signature: string, args: readonly unknown[]): Recorded {
  const { abi, functionName } = functionOf(signature);
  return { to, data: encodeFunctionData({ abi, functionName, args }) };
}

function functionOf(signature: string): { readonly abi: Abi; readonly functionName: string; readonly selector: Hex } {
  const item = parseAbiItem(signature) as AbiFunction;
  return { abi: [item], functionName: item.name, selector: toFunctionSelector(item) };
}

/** Several outputs are a list. */
function answerOf(signature: string, result: unknown): Hex {
  const { abi, functionName } = functionOf(signature);
  return encodeFunctionResult({ abi, functionName, result });
}

interface Request {
  readonly id: number;
  readonly method: string;
  readonly params: readonly { readonly data?: Hex }[];
}

/** A JSON-RPC node that answers recorded calls one by one out of a multicall, and fails any other as a node would. */
export async function startReplay(recording: Recording) {
  const { block: number = 1, timestamp = 1_700_000_000 } = recording;
  const block = { number: toHex(number), hash: toHex(1, { size: 32 }), timestamp: toHex(timestamp) };
  const known = new Map(recording.calls.map((each) => [`${each.to} ${each.data}`.toLowerCase(), each]));
  const outcomeOf = (target: string, data: Hex) => {
    const found = known.get(`${target} ${data}`.toLowerCase());
    if (found !== undefined) return { success: found.result !== undefined, returnData: (found.result ?? '0x') as Hex };
    const returnData = answeredBy(recording, target, data);
    if (returnData === undefined) throw new Error(`The recording has no call of ${target} with ${data}.`);
    return { success: true, returnData };
  };
  const answers: Record<string, (request: Request) => unknown> = {
    eth_chainId: () => toHex(recording.chainId),
    eth_getBlockByNumber: () => ({ ...block, transactions: [] }),
    eth_getCode: () => '0x01',
    eth_call: ({ params }) => {
      const { args } = decodeFunctionData({ abi: multicall3Abi, data: params[0]!.data! });
      const calls = args[0] as readonly { readonly target: string; readonly callData: Hex }[];
      const result = calls.map(({ target, callData }) => outcomeOf(target, callData));
      return encodeFunctionResult({ abi: multicall3Abi, functionName: 'aggregate3', result });
    },
  };
  return serve((message, response) => {
    void text(message).then((body) => {
      const request = JSON.parse(body) as Request;
      const head = { jsonrpc: '2.0', id: request.id };
      try {
        reply(response, 200, { ...head, result: answers[request.method]!(request) });
      } catch (error) {
        reply(response, 200, { ...head, error: { code: -32_603, message: (error as Error).message } });
      }
    });
  });
}

function answeredBy({ answered = [] }: Recording, target: string, data: Hex): Hex | undefined {
  const found = answered.find(
    ({ to, function: signature }) =>
      to.toLowerCase() === target.toLowerCase() && data.startsWith(functionOf(signature).selector),
  );
  if (found === undefined) return undefined;
  const { args = [] } = decodeFunctionData({ abi: functionOf(found.function).abi, data });
  return answerOf(found.function, found.answer(args));
}
