import { toHex, type Client } from 'viem';
import type { LogQuery } from '../model/logs.ts';
import type { EvmReads } from '../model/source.ts';
import { UrlFailed } from './evmFailure.ts';
import type { Connection } from './evmMulticall.ts';

/** The first block of a window, and the time (unix ms) that it was looked up for. */
export interface WindowStart {
  readonly block: number;
  readonly since: number;
}

/** Share of a window by which its start may be too early. */
const LOOSE = 0.01;

/** The first block of a query that counts: a window's start moves on, and is looked up again once it lags by a hundredth. */
export async function firstBlock(
  { connection, block }: { readonly connection: Connection; readonly block: EvmReads['block'] },
  { from, window }: Pick<LogQuery, 'from' | 'window'>,
  { scan, starts }: { readonly scan: string; readonly starts: Map<string, WindowStart> },
): Promise<number> {
  if (window === undefined) return from;
  const since = block.timestamp - window;
  const known = starts.get(scan);
  if (known !== undefined && since >= known.since && since - known.since < window * LOOSE) return known.block;
  const last = { number: Number(block.number), at: block.timestamp };
  const low = known !== undefined && since >= known.since ? known.block : from;
  const start = { block: await blockSince(connection, since, { low, last }), since };
  starts.set(scan, start);
  return start.block;
}

/** The first block that is not older than a time: between bounds that close in by the pace of blocks and by halves in turn. */
async function blockSince(
  { client, host }: Connection,
  since: number,
  { low: first, last }: { readonly low: number; readonly last: { readonly number: number; readonly at: number } },
): Promise<number> {
  let low = { number: first, at: await timeAt(client, host, first) };
  if (low.at >= since) return first;
  let high = last;
  for (let step = 0; high.number - low.number > 1; step++) {
    const share = step % 2 === 0 ? (since - low.at) / (high.at - low.at) : 0.5;
    const guess = low.number + Math.round((high.number - low.number) * share);
    const number = Math.min(high.number - 1, Math.max(low.number + 1, guess));
    const found = { number, at: await timeAt(client, host, number) };
    if (found.at < since) low = found;
    else high = found;
  }
  return high.number;
}

async function timeAt(client: Client, host: string, number: number): Promise<number> {
  const block = await client.request({ method: 'eth_getBlockByNumber', params: [toHex(number), false] });
  if (block === null) throw new UrlFailed(`${host} has no block ${number}.`);
  return Number(block.timestamp) * 1000;
}
