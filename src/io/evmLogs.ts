import { createHash } from 'node:crypto';
import { toHex, type Client, type RpcLog } from 'viem';
import type { KeptLog, LogKeeper, LogPosition, LogQuery, LogStep, ScannedLogs } from '../model/logs.ts';
import { SourceError, type EvmReads, type Hex } from '../model/source.ts';
import { eventOf, type Event, type EventArguments } from './evmEvents.ts';
import { isRefusal, isTooMuch, UrlFailed } from './evmFailure.ts';
import type { Connection } from './evmMulticall.ts';
import { firstBlock, type WindowStart } from './evmWindow.ts';

/** Blocks of the first request; what a provider takes is learnt. */
const FIRST_SIZE = 2000;
const LARGEST_SIZE = 500_000;
/** Logs of one answer that are worth asking for more blocks: memory stays flat. */
const FEW = 2000;
/** Blocks that are read again each time: a balancer's node that lags answers an empty list, not an error. */
const AGAIN = 16;
/** Blocks that are read again after a reorganisation: deeper ones than this do not happen on chains with finality. */
const REWIND = 2000;
/** ms, machine clock: a run brings its scans forward for so long; the next run goes on. */
const PATIENCE = 10_000;
/** Providers cut their answers off at round numbers without saying so. */
const CUT_OFF = new Set([1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000]);

/** Scans of one chain: what its providers take, and who keeps what was found. */
export interface Scans {
  readonly keeper: LogKeeper;
  /** Blocks of one request by scan; kept for the life of the process. */
  readonly sizes: Map<string, number>;
  /** Where the windows of scans begin; kept for the life of the process. */
  readonly starts: Map<string, WindowStart>;
  readonly machineNow: () => number;
}

/** Brings a scan forward to the pinned block, or as far as the time allows, and answers from what is kept. */
export async function scanLogs(
  { connection, block }: { readonly connection: Connection; readonly block: EvmReads['block'] },
  query: LogQuery,
  scans: Scans,
): Promise<ScannedLogs> {
  const { keeper, machineNow } = scans;
  const scan = nameOf(connection.chain, query);
  const until = machineNow() + PATIENCE;
  const head = Number(block.number);
  const stood = await keeper.logPosition(scan);
  const first = await firstBlock({ connection, block }, query, { scan, starts: scans.starts });
  let previous = stood?.next;
  // A node that is behind what is known knows nothing new.
  const behind = stood !== undefined && head < stood.next - 1;
  let from = behind ? Infinity : await resumeAt(connection.client, stood, first);
  while (from <= head && machineNow() < until) {
    const step = await readStep({ connection, block }, query, { scan, from, sizes: scans.sizes });
    const drop = droppedBy(query, { first, next: step.position.next });
    const kept = await keeper.keepLogs(scan, { previous, from, ...step, ...drop });
    // Another replica scans the same; what it found is found.
    if (!kept) break;
    previous = step.position.next;
    from = previous;
  }
  const { next } = (await keeper.logPosition(scan)) ?? { next: first };
  return {
    unscanned: Math.max(0, head + 1 - next),
    find: async (key, limit) => keeper.findLogs(scan, key, limit),
    count: async (key) => keeper.countLogs(scan, key),
    keys: async (limit) => keeper.logKeys(scan, limit),
    largest: async (limit) => keeper.largestSums(scan, limit),
    names: async () => keeper.countSums(scan),
  };
}

/** What is too old for the window leaves the sums; what is too old to be undone stays in sums that stand alone. */
function droppedBy(
  { window, sums }: LogQuery,
  { first, next }: { readonly first: number; readonly next: number },
): Pick<LogStep, 'drop'> {
  if (window !== undefined) return { drop: { before: first, sums: 'leave' } };
  return sums?.alone === true ? { drop: { before: next - REWIND, sums: 'stay' } } : {};
}

/** The same query has the same name in every process. */
function nameOf(chain: string, { address, event, where = {}, from, window, sums }: LogQuery): string {
  const added = window === undefined && sums === undefined ? [] : [window, sums?.of];
  const text = JSON.stringify([chain, address.toLowerCase(), event, where, from, ...added], (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

async function resumeAt(client: Client, stood: LogPosition | undefined, first: number): Promise<number> {
  if (stood === undefined) return first;
  const { next, hash } = stood;
  const now = await hashAt(client, next - 1);
  const back = now === hash ? AGAIN : REWIND;
  return Math.max(first, next - back);
}

async function hashAt(client: Client, number: number): Promise<string | undefined> {
  const block = await client.request({ method: 'eth_getBlockByNumber', params: [toHex(number), false] });
  return block?.hash ?? undefined;
}

interface Step {
  readonly scan: string;
  readonly from: number;
  readonly sizes: Map<string, number>;
}

async function readStep(
  { connection, block }: { readonly connection: Connection; readonly block: EvmReads['block'] },
  query: LogQuery,
  { scan, from, sizes }: Step,
) {
  const head = Number(block.number);
  let size = sizes.get(scan) ?? FIRST_SIZE;
  for (;;) {
    const asked = Math.min(from + size - 1, head);
    const found = await ask(connection, query, { from, to: asked });
    const to = found === 'too much' ? undefined : wholeTo(found, { from, to: asked });
    if (found === 'too much' || to === undefined) {
      if (size === 1) throw refused(connection, from);
      size = Math.max(1, Math.floor(Math.min(size, asked - from + 1) / 2));
      continue;
    }
    sizes.set(scan, found.length < FEW ? Math.min(size * 2, LARGEST_SIZE) : size);
    const hash = to === head ? block.hash : await hashAt(connection.client, to);
    if (hash === undefined) throw new UrlFailed(`${connection.host} has no block ${to} any more.`);
    return { logs: found.filter((log) => log.block <= to), position: { next: to + 1, hash } };
  }
}

/** The last block whose logs are all there: an answer that may be cut off ends in a block that is read again. */
function wholeTo(
  found: readonly KeptLog[],
  { from, to }: { readonly from: number; readonly to: number },
): number | undefined {
  if (to === from || !CUT_OFF.has(found.length)) return to;
  const last = Math.max(...found.map(({ block }) => block));
  return last > from ? last - 1 : undefined;
}

/** Asks for the logs of some blocks; too many blocks or too many logs are the provider's limits, and no failure. */
async function ask(
  { client, chain }: Connection,
  query: LogQuery,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<readonly KeptLog[] | 'too much'> {
  const event = eventOf(query);
  const filter = {
    address: query.address.toLowerCase() as Hex,
    topics: event.topics as Hex[],
    fromBlock: toHex(from),
    toBlock: toHex(to),
  };
  const raw = await client.request({ method: 'eth_getLogs', params: [filter] }).catch((error: unknown) => {
    if (isRefusal(error) || isTooMuch(error)) return 'too much' as const;
    throw error;
  });
  if (raw === 'too much') return 'too much';
  return raw
    .filter(({ removed }) => !removed)
    .map((log) => keptOf(log, argumentsOf(log, event, { chain, query }), query));
}

function argumentsOf(
  log: RpcLog,
  { decode }: Event,
  { chain, query }: { readonly chain: string; readonly query: LogQuery },
): EventArguments {
  try {
    return decode(log);
  } catch (cause) {
    const what = `A log of ${query.address} on ${chain} does not fit "${query.event}".`;
    throw new SourceError(`${what} Check the address.`, { retryable: false, cause });
  }
}

function keptOf(log: RpcLog, args: EventArguments, { keysOf, sums }: LogQuery): KeptLog {
  return {
    block: Number(log.blockNumber),
    index: Number(log.logIndex),
    hash: log.blockHash!,
    transaction: log.transactionHash!,
    keys: keysOf(args).map((key) => key.toLowerCase()),
    args: Object.fromEntries(flat(args)),
    ...(sums && { amounts: byName(sums.amountsOf(args)) }),
  };
}

function byName(amounts: readonly (readonly [string, bigint])[]): Readonly<Record<string, string>> {
  const sums = new Map<string, bigint>();
  for (const [name, amount] of amounts) sums.set(name, (sums.get(name) ?? 0n) + amount);
  return Object.fromEntries([...sums].map(([name, amount]) => [name, String(amount)]));
}

/** Arguments by name as text; those of a struct stand beside the others. */
function flat(args: Readonly<Record<string, unknown>>): readonly (readonly [string, string])[] {
  return Object.entries(args).flatMap(([name, value]) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? flat(value as Readonly<Record<string, unknown>>)
      : [[name, String(value)] as const],
  );
}

function refused({ host, chain }: Connection, block: number): UrlFailed {
  return new UrlFailed(`${host} refuses the logs even of block ${block} of ${chain} alone.`);
}
