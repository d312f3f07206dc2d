import { createHash } from 'node:crypto';
import { toHex, type Client, type RpcLog } from 'viem';
import type { KeptLog, LogAnchor, LogKeeper, LogPosition, LogQuery, LogStep, ScannedLogs } from '../model/logs.ts';
import { SourceError, type EvmReads, type Hex } from '../model/source.ts';
import { eventOf, type Event, type EventArguments } from './evmEvents.ts';
import { isRefusal, isTooMuch, UrlFailed } from './evmFailure.ts';
import type { Connection } from './evmMulticall.ts';
import { firstBlock, type WindowStart } from './evmWindow.ts';
import { anchorsAfter, REWIND, standing, type Resumed } from './logAnchors.ts';

/** Blocks of the first request; what a provider takes is learnt. */
const FIRST_SIZE = 2000;
const LARGEST_SIZE = 500_000;
/** Logs of one answer that are worth asking for more blocks: memory stays flat. */
const FEW = 2000;
/** Blocks that are read again each time: a balancer's node that lags answers an empty list, not an error. */
const AGAIN = 16;
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
  const resumed = behind ? { from: Infinity } : await resumeAt(connection, stood, first);
  if (resumed === 'undone') throw await beginAnew(keeper, { scan, stood: stood!, first }, { connection, query });
  let { from } = resumed;
  let anchors = stood === undefined && from <= head ? [await placeBefore(connection, first)] : heldBefore(stood, from);
  while (from <= head && machineNow() < until) {
    const step = await readStep({ connection, block }, query, { scan, from, sizes: scans.sizes });
    anchors = anchorsAfter(anchors, step.position);
    const drop = droppedBy(query, { first, oldest: Math.min(anchors.at(-1)!.next, step.position.next - REWIND) });
    const kept = await keeper.keepLogs(scan, {
      ...{ previous, from, logs: step.logs, ...drop },
      position: { ...step.position, anchors },
    });
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

/** What is too old for the window leaves the sums; what is older than every anchor stays in sums that stand alone. */
function droppedBy(
  { window, sums }: LogQuery,
  { first, oldest }: { readonly first: number; readonly oldest: number },
): Pick<LogStep, 'drop'> {
  if (window !== undefined) return { drop: { before: first, sums: 'leave' } };
  return sums?.alone === true ? { drop: { before: oldest, sums: 'stay' } } : {};
}

/** The same query has the same name in every process. */
function nameOf(chain: string, { address, event, where = {}, from, window, sums }: LogQuery): string {
  const added = window === undefined && sums === undefined ? [] : [window, sums?.of];
  const text = JSON.stringify([chain, address.toLowerCase(), event, where, from, ...added], (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

async function resumeAt(connection: Connection, stood: LogPosition | undefined, first: number): Promise<Resumed> {
  if (stood === undefined) return { from: first };
  const holds = async ({ next, hash }: LogAnchor) => (await placeBefore(connection, next)).hash === hash;
  const last = await hashAt(connection.client, stood.next - 1);
  const resumed = last === stood.hash ? { from: stood.next - AGAIN } : await standing(stood, holds);
  return resumed === 'undone' ? resumed : { from: Math.max(first, resumed.from) };
}

/** Anchors that hold where a scan goes on: those over blocks that are only read again do too. */
function heldBefore(stood: LogPosition | undefined, from: number): readonly LogAnchor[] {
  return (stood?.anchors ?? []).filter(({ next }) => next <= from + AGAIN);
}

/** What tells that the chain before a block is still the same. */
async function placeBefore({ client, host }: Connection, next: number): Promise<LogAnchor> {
  return { next, hash: await mustHash(client, host, next - 1) };
}

async function mustHash(client: Client, host: string, block: number): Promise<string> {
  const hash = await hashAt(client, block);
  if (hash === undefined) throw new UrlFailed(`${host} has no block ${block} any more.`);
  return hash;
}

/** Forgets a scan that no anchor holds of; what it says meanwhile would be wrong, so the source fails once, loudly. */
async function beginAnew(
  keeper: LogKeeper,
  { scan, stood, first }: { readonly scan: string; readonly stood: LogPosition; readonly first: number },
  { connection, query }: { readonly connection: Connection; readonly query: LogQuery },
): Promise<SourceError> {
  const { chain } = connection;
  const root = await placeBefore(connection, first);
  const position = { ...root, anchors: [root] };
  await keeper.keepLogs(scan, { previous: stood.next, from: first, position, logs: [], anew: true });
  const what = `A reorganisation of ${chain} deeper than the scan of ${query.address} looks back undid it up to block ${stood.next - 1}.`;
  const then = `It begins anew at block ${first}; until it is done nothing is told of it.`;
  const look = `If ${chain} was not rolled back, a node of chains.${chain}.rpc follows another chain: take it out.`;
  return new SourceError(`${what} ${then} ${look}`, { retryable: true });
}

async function hashAt(client: Client, number: number): Promise<string | undefined> {
  if (number < 0) return '';
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
    const hash = to === head ? block.hash : await mustHash(connection.client, connection.host, to);
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
