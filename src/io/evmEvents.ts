import {
  decodeAbiParameters,
  encodeEventTopics,
  parseAbiItem,
  type AbiEvent,
  type AbiParameter,
  type RpcLog,
} from 'viem';
import type { LogQuery } from '../model/logs.ts';
import type { Hex } from '../model/source.ts';

/** Arguments of a log by name; addresses in lower case. */
export type EventArguments = Readonly<Record<string, unknown>>;

type AbiEventParameter = AbiEvent['inputs'][number];

/** Reads one word, 64 hex digits. */
type Word = (digits: string) => unknown;

/** An event as it is asked for and read, taken out of its text once. */
export interface Event {
  readonly topics: readonly Hex[];
  /** @throws {Error} when the log is not of this event. */
  readonly decode: (log: Pick<RpcLog, 'topics' | 'data'>) => EventArguments;
}

/** @throws {Error} when the text is no event. */
export function eventOf({ event, where }: Pick<LogQuery, 'event' | 'where'>): Event {
  const abi = parseAbiItem(event) as AbiEvent;
  const topics = encodeEventTopics({ abi: [abi], eventName: abi.name, ...(where && { args: where }) }) as Hex[];
  const indexed = abi.inputs.filter((input) => input.indexed === true);
  const others = abi.inputs.filter((input) => input.indexed !== true);
  const data = dataReader(others);
  return {
    topics,
    decode: (log) => {
      if (log.topics[0] !== topics[0] || log.topics.length !== indexed.length + 1) throw misfit(abi, log.data);
      const named = indexed.map((input, index) => [input.name!, topicOf(input, log.topics[index + 1]!)] as const);
      return Object.fromEntries([...named, ...data(log.data)]);
    },
  };
}

function misfit({ name }: AbiEvent | { name: string }, data: string): Error {
  return new Error(`A log with ${data.length / 2 - 1} bytes of data is no ${name}.`);
}

/** Dynamic arguments stand in a topic as their hash alone. */
function topicOf({ type }: AbiEventParameter, topic: string): unknown {
  return (wordReader(type) ?? ((digits: string) => `0x${digits}`))(topic.slice(2));
}

/** Events of words alone, nearly all there are, are read without viem's decoder, which hashes each address for its capitals. */
function dataReader(inputs: readonly AbiEventParameter[]): (data: string) => readonly (readonly [string, unknown])[] {
  const words = inputs.map(({ type }) => wordReader(type));
  const flat = words.every((word) => word !== undefined) ? words : undefined;
  return (data) => {
    if (flat === undefined) return Object.entries(lowered(decodeAbiParameters(inputs, data as Hex), inputs));
    if (data.length < 2 + flat.length * 64) throw misfit({ name: 'such event' }, data);
    return flat.map(
      (word, index) => [inputs[index]!.name!, word(data.slice(2 + index * 64, 66 + index * 64))] as const,
    );
  };
}

function wordReader(type: string): Word | undefined {
  if (type === 'address') return (digits) => `0x${digits.slice(24)}`;
  if (type === 'bool') return (digits) => digits.endsWith('1');
  if (/^bytes\d+$/.test(type)) return (digits) => `0x${digits.slice(0, Number(type.slice(5)) * 2)}`;
  if (/^uint\d*$/.test(type)) return (digits) => BigInt(`0x${digits}`);
  if (/^int\d*$/.test(type)) return (digits) => BigInt.asIntN(256, BigInt(`0x${digits}`));
  return undefined;
}

/** Decoded values by the names of their parameters, addresses without capitals. */
function lowered(values: readonly unknown[], parameters: readonly AbiParameter[]): Record<string, unknown> {
  return Object.fromEntries(
    parameters.map((parameter, index) => {
      const value = values[index];
      if (parameter.type === 'address') return [parameter.name!, String(value).toLowerCase()];
      if (parameter.type !== 'tuple' || !('components' in parameter)) return [parameter.name!, value];
      const fields = parameter.components.map(({ name }) => (value as Record<string, unknown>)[name!]);
      return [parameter.name!, lowered(fields, parameter.components)];
    }),
  );
}
