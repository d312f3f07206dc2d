import type { Decision } from '../dispatch/decide.ts';
import { NotifyError } from '../model/notification.ts';
import type { Notification, Notifier } from '../model/notification.ts';
import type { Claim, DueKey, Sent, SentNotification } from '../model/claim.ts';
import type { Store } from '../model/store.ts';
import type { Recorder } from './record.ts';

export interface DeliverDeps {
  readonly store: Pick<Store, 'park' | 'release'>;
  readonly recorder: Pick<Recorder, 'record'>;
  readonly notifiers: ReadonlyMap<string, Notifier>;
  /** What of a claim is told now. */
  readonly decide: (claim: Claim, now: number) => Promise<Decision>;
  /** The receiver that is told while this one takes nothing. */
  readonly fallbackOf: (receiver: string) => string | undefined;
  /** Renders what a claim says, with evidence. */
  readonly compose: (claim: Claim, now: number) => Promise<Notification>;
  readonly now: () => number;
  readonly machineNow: () => number;
  readonly log: (level: 'info' | 'warn', event: Readonly<Record<string, unknown>>, message: string) => void;
  readonly delivered: (receiver: string, sendMs: number, lagMs: number) => void;
  /** Hears whether a receiver takes messages. */
  readonly onReceiver: (receiver: string, alive: boolean) => Promise<void>;
}

/** How long a claim holds: ms, machine clock. Within it a message accepted but not yet recorded may be sent again after a crash. */
export const CLAIM_MS = 60_000;
/** A send is given up well before its claim ends: ms. */
const SEND_MS = 20_000;
const FIRST_RETRY = 1000;
const LONGEST_RETRY = 300_000;
/** A receiver that refuses for good is tried again this often, since only its configuration can mend it: ms. */
const DEAD_RETRY = 600_000;

/** Claims those of the groups that are due and that nobody else tells. */
export async function claimDue(
  keys: readonly DueKey[],
  { store, now, machineNow }: Pick<DeliverDeps, 'now' | 'machineNow'> & { readonly store: Pick<Store, 'claim'> },
): Promise<readonly Claimed[]> {
  const at = { now: now(), machineNow: machineNow() };
  const claims = await store.claim(keys, { ...at, claimMs: CLAIM_MS });
  return claims.map((claim) => ({ claim, ...at }));
}

/** A claim with the instants at which it was taken, on both clocks. */
export interface Claimed {
  readonly claim: Claim;
  readonly now: number;
  readonly machineNow: number;
  /** Resolves once the store has taken it or left it to others; absent: it is taken. Its message may be made before. */
  readonly isTaken?: Promise<boolean>;
}

/** Gives claims back of which nothing was told. */
export async function giveUp(
  claims: readonly Claimed[],
  { store }: { readonly store: Pick<Store, 'unclaim'> },
): Promise<void> {
  await Promise.all(claims.map(async ({ isTaken }) => isTaken));
  await store.unclaim(claims.map(({ claim }) => claim));
}

/** A message that is ready to be sent: sends and records it. Says whether it is worth looking again at once. */
export type Ready = () => Promise<boolean>;

/** Makes the message for one group and receiver; undefined when nothing may be said now and the claim is given back. */
export async function prepare(claimed: Claimed, deps: DeliverDeps): Promise<Ready | undefined> {
  const { now, machineNow, isTaken = true } = claimed;
  try {
    const { claim, ...decided } = await deps.decide(claimed.claim, now);
    if (claim === undefined) {
      if (await isTaken) await deps.store.park(claimed.claim, { ...decided, now });
      return undefined;
    }
    const notification = await deps.compose(claim, now);
    if (claim.ahead) deps.notifiers.get(notification.receiver)?.ready?.(notification);
    return async () => (await isTaken) && deliver({ ...decided, claim, notification, now, machineNow }, deps);
  } catch (error) {
    if (await isTaken) await giveBack(claimed.claim, error, { ...deps, tried: [] });
    return undefined;
  }
}

interface Prepared extends Claimed, Omit<Decision, 'claim'> {
  readonly notification: Notification;
}

async function deliver(prepared: Prepared, deps: DeliverDeps): Promise<boolean> {
  const { claim, now, machineNow } = prepared;
  const sent = await send(prepared, deps);
  if (sent === undefined) return false;
  const told = await deps.recorder.record(claim, sent, machineNow + CLAIM_MS);
  const { receiver, status } = sent.notification;
  deps.delivered(receiver, deps.machineNow() - machineNow, deps.now() - (claim.untold[0]?.at ?? now));
  deps.log('info', { receiver, group: claim.groupKey, told, status }, 'notification accepted');
  await deps.onReceiver(receiver, true);
  if (sent.failed) await deps.onReceiver(claim.receiver, false);
  return told;
}

/** Undefined when nothing was accepted and the claim is given back. */
async function send(
  { claim, notification, beliefs, kept, held, until }: Prepared,
  deps: DeliverDeps,
): Promise<Omit<Sent, 'now'> | undefined> {
  try {
    const { receipt, receiver, failed } = await sendSomehow(notification, claim, deps);
    const said = sentOf({ ...notification, receiver }, claim, receipt);
    const back = { kept, held, ...(until !== undefined && { until }) };
    return { notification: said, back, beliefs, ...(failed && { failed }) };
  } catch (error) {
    await giveBack(claim, error, { ...deps, tried: notification.alerts.map(({ id }) => id) });
    return undefined;
  }
}

/** Failures in a row after which another receiver is told: about 15 s. */
const FALLBACK_AFTER = 4;

interface Accepted extends Pick<Sent, 'failed'> {
  readonly receiver: string;
  readonly receipt: string | undefined;
}

/** Sends to the receiver, or to its fallback when it refuses for good or has failed for a while. */
async function sendSomehow(notification: Notification, claim: Claim, deps: DeliverDeps): Promise<Accepted> {
  const { receiver } = notification;
  if (notification.alerts.length === 0) return { receiver, receipt: undefined };
  try {
    return { receiver, receipt: await sendTo(notification, deps) };
  } catch (error) {
    const fallback = deps.fallbackOf(receiver);
    if (fallback === undefined || !(error instanceof NotifyError)) throw error;
    if (error.retryable && claim.attempts < FALLBACK_AFTER) throw error;
    // A receipt of another service would be no use to the group's own receiver.
    await sendTo({ ...notification, receiver: fallback, earlier: [] }, deps);
    return { receiver: fallback, receipt: undefined, failed: { error: error.message, dead: !error.retryable } };
  }
}

async function sendTo(notification: Notification, deps: DeliverDeps): Promise<string | undefined> {
  const notifier = deps.notifiers.get(notification.receiver);
  if (notifier === undefined)
    throw new NotifyError(
      `Receiver "${notification.receiver}" is not in the configuration any more. Add it again or let its messages wait.`,
      { retryable: false },
    );
  return notifier.send(notification, AbortSignal.timeout(SEND_MS));
}

async function giveBack(
  claim: Claim,
  error: unknown,
  deps: DeliverDeps & { readonly tried: readonly string[] },
): Promise<void> {
  const known = error instanceof NotifyError ? error : undefined;
  const dead = known?.retryable === false;
  const wait = dead
    ? DEAD_RETRY
    : Math.max(known?.retryAfterMs ?? 0, Math.min(LONGEST_RETRY, FIRST_RETRY * 2 ** claim.attempts));
  const text = known?.message ?? 'The message could not be made; the log has the error.';
  const { tried } = deps;
  await deps.store.release(claim, { retryAt: deps.machineNow() + wait, error: text, dead, now: deps.now(), tried });
  deps.log(
    'warn',
    { receiver: claim.receiver, group: claim.groupKey, err: known ? text : error, retryInMs: wait },
    'notification failed',
  );
  if (dead) await deps.onReceiver(claim.receiver, false);
}

function sentOf(notification: Notification, { groupKey }: Claim, receipt: string | undefined): SentNotification {
  const { id, receiver, at, status, alerts } = notification;
  const said = alerts.map(({ rule, labels, changes, level }) => ({ rule, labels, changes, level }));
  return { id, receiver, groupKey, at, status, alerts: said, ...(receipt !== undefined && { receipt }) };
}
