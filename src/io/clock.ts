import { setTimeout as sleep } from 'node:timers/promises';
import { fetch } from './fetch.ts';

/** Machine ms for one poll of a node on this machine. */
const POLL_TIMEOUT = 2_000;

/** The judging clock, and the machine's. Both in unix ms. */
export interface Clock {
  /** Judging clock; never runs backwards. */
  readonly now: () => number;
  /** For timeouts, backoff and claims: always real. */
  readonly machineNow: () => number;
  /** Judging instants for readings: each later than the one before. */
  readonly monotonic: () => number;
  /** The newest time that anything read now can carry. */
  readonly latest: () => number;
  /** Calls back when judging time jumps ahead. Returns how to stop. */
  readonly onJump: (listener: (now: number) => void) => () => void;
  readonly close: () => Promise<void>;
}

/** Judging time is the machine's. */
export function wallClock(): Clock {
  const now = rising(Date.now);
  return {
    now,
    machineNow: Date.now,
    monotonic: strictly(now),
    latest: now,
    onJump: () => () => undefined,
    close: async () => undefined,
  };
}

export interface ChainClockOptions {
  /** Machine ms between polls. */
  readonly every?: number;
  /** Machine ms to wait for the first block. */
  readonly patience?: number;
}

/** For a local node whose blocks carry replayed time: the time of its newest block, and the machine ms since it was seen. */
export async function chainClock(
  url: string,
  { every = 50, patience = 10_000 }: ChainClockOptions = {},
): Promise<Clock> {
  const listeners = new Set<(now: number) => void>();
  const ending = new AbortController();
  let block = { time: await firstBlock(url, every, AbortSignal.timeout(patience)), seen: performance.now() };
  const now = rising(() => Math.floor(block.time + performance.now() - block.seen));

  const look = async () => {
    const time = await blockTime(url, AbortSignal.timeout(POLL_TIMEOUT));
    if (time <= block.time) return;
    block = { time, seen: performance.now() };
    for (const listener of listeners) listener(now());
  };
  // A node that does not answer just now stops no clock.
  const polling = forever(() => look().catch(() => undefined), every, ending.signal);
  return {
    now,
    machineNow: Date.now,
    monotonic: strictly(now),
    // A block can be read before the clock has seen it.
    latest: () => Infinity,
    onJump: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: () => {
      ending.abort();
      return polling;
    },
  };
}

async function forever(work: () => Promise<void>, every: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await work();
    await sleep(every, undefined, { signal }).catch(() => undefined);
  }
}

async function firstBlock(url: string, every: number, signal: AbortSignal): Promise<number> {
  for (;;) {
    try {
      return await blockTime(url, signal);
    } catch (cause) {
      const message = `The node at ${new URL(url).host}, whose blocks are the clock, gave no block. Start it first.`;
      if (signal.aborted) throw new Error(message, { cause });
    }
    await sleep(every);
  }
}

/** Unix ms of the newest block. */
async function blockTime(url: string, signal: AbortSignal): Promise<number> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_getBlockByNumber', params: ['latest', false] });
  const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body, signal });
  const { result } = (await answer.json()) as { result?: { timestamp?: string } };
  const time = Number(result?.timestamp) * 1000;
  if (!Number.isFinite(time)) throw new TypeError('The answer holds no block.');
  return time;
}

function rising(read: () => number): () => number {
  let last = 0;
  return () => (last = Math.max(last, read()));
}

function strictly(read: () => number): () => number {
  let last = 0;
  return () => (last = Math.max(last + 1, read()));
}
