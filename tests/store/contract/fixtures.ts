import { Client } from 'pg';
import { alertId } from '../../../src/model/alert.ts';
import type { Alert, Transition } from '../../../src/model/alert.ts';
import { type Labels, NAME } from '../../../src/model/labels.ts';
import type { Reading, Sample } from '../../../src/model/sample.ts';
import type { Secret } from '../../../src/model/secret.ts';
import type { Claim, DueKey, Sent, SentNotification, Telling } from '../../../src/model/claim.ts';
import type { EvaluationCommit, Store } from '../../../src/model/store.ts';

export const minute = 60_000;
export const day = 86_400_000;
export const now = Date.UTC(2026, 4, 1, 12);

export const key = { receiver: 'desk', groupKey: '{}:xusd' };
export const labels = { asset: 'xusd', chain: 'ethereum', source: 'pool' };
export const price: Labels = { ...labels, [NAME]: 'price_usd' };

export function reading(at: number, value: number, more: Partial<Reading> = {}): Reading & { readonly maxAge: number } {
  const samples = [{ metric: 'price_usd', labels, value, at }];
  return { source: 'pool', seenAt: at + 500, tookMs: 12.5, origin: { block: 7 }, samples, maxAge: 3 * minute, ...more };
}

export function ofVenue(venue: number, at: number): Sample {
  return { metric: 'price_usd', labels: { ...labels, venue: `pool-${venue}` }, value: at, at };
}

export function alert(more: Partial<Alert> = {}): Alert {
  const common = { pending: {}, lastKnownAt: now, activeAt: now, startUnseen: false } as const;
  return { rule: 'BelowNav', labels: { asset: 'xusd' }, state: 'firing', level: 'warning', ...common, ...more };
}

export function transition(kind: Transition['kind'], more: Partial<Transition> = {}): Transition {
  const levels = { from: null, to: 'warning' } as const;
  return { kind, rule: 'BelowNav', labels: { asset: 'xusd' }, at: now, activeAt: now, ...levels, ...more };
}

export function telling(more: Partial<Telling> = {}): Telling {
  const timers = { groupWait: 10_000, groupInterval: 5 * minute, repeatInterval: 60 * minute };
  return { receiver: 'desk', groupKey: '{}:xusd', groupLabels: { asset: 'xusd' }, flush: false, ...timers, ...more };
}

export function evaluation(at: number, previous: number, more: Partial<EvaluationCommit> = {}): EvaluationCommit {
  const nothing = { recorded: [], alerts: [], deleted: [], transitions: [] };
  return { group: 'stream', now: at, previous, ...nothing, ...more };
}

export function all(since = -Infinity): ReadonlyMap<string, number> {
  return new Map([['price_usd', since]]);
}

export function notification(claim: Claim, at: number, more: Partial<SentNotification> = {}): SentNotification {
  const { receiver, groupKey, threadId } = claim;
  return { id: `${threadId}-${at}`, receiver, groupKey, at, status: 'firing', alerts: [], ...more };
}

/** What a message that tells all of a claim makes its receiver believe. */
function beliefsOf({ alerts }: Claim): Sent['beliefs'] {
  return new Map(alerts.map((each) => [alertId(each), each.state === 'firing' ? (each.level ?? '') : null]));
}

export async function ask(url: Secret, statement: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: url.reveal() });
  await client.connect();
  const { rows } = await client.query<Record<string, unknown>>(statement);
  await client.end();
  return rows;
}

/** Claims one group. */
export async function claimOne(
  store: Pick<Store, 'claim'>,
  of: DueKey,
  times: Parameters<Store['claim']>[1],
): Promise<Claim | undefined> {
  const [claim] = await store.claim([of], times);
  return claim;
}

/** Records one message, which tells all of its claim unless `sent` says otherwise. */
export async function toldOne(
  store: Pick<Store, 'told'>,
  claim: Claim,
  sent: Omit<Sent, 'beliefs'> & Partial<Sent>,
): Promise<boolean> {
  const [told] = await store.told([{ claim, sent: { beliefs: beliefsOf(claim), ...sent } }]);
  return told!;
}
