import { setTimeout as sleep } from 'node:timers/promises';
import { NotifyError } from '../model/notification.ts';
import type { Notification, Notifier } from '../model/notification.ts';
import type { Claim, DueKey, SentNotification, Store } from '../model/store.ts';

export interface DeliverDeps {
  readonly store: Store;
  readonly notifiers: ReadonlyMap<string, Notifier>;
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
/** Between two tries to record what was accepted: ms. */
const RECORD_RETRY = 500;
const FIRST_RETRY = 1000;
const LONGEST_RETRY = 300_000;
/** A receiver that refuses for good is tried again this often, since only its configuration can mend it: ms. */
const DEAD_RETRY = 600_000;

/** Tells one group to one receiver: claim, send, record. Says whether it is worth looking again at once. */
export async function deliver(key: DueKey, deps: DeliverDeps): Promise<boolean> {
  const times = { now: deps.now(), machineNow: deps.machineNow(), claimMs: CLAIM_MS };
  const claim = await deps.store.claim(key, times);
  if (claim === undefined) return false;
  let accepted: SentNotification;
  try {
    const notification = await deps.compose(claim, times.now);
    const receipt = notification.alerts.length === 0 ? undefined : await send(notification, deps);
    accepted = sentOf(notification, claim, receipt);
  } catch (error) {
    await giveBack(claim, error, deps);
    return false;
  }
  const told = await record(claim, accepted, { ...deps, until: times.machineNow + CLAIM_MS });
  deps.delivered(key.receiver, deps.machineNow() - times.machineNow, deps.now() - (claim.untold[0]?.at ?? times.now));
  deps.log(
    'info',
    { receiver: key.receiver, group: key.groupKey, told, status: accepted.status },
    'notification accepted',
  );
  await deps.onReceiver(key.receiver, true);
  return told;
}

/** What was accepted must not be sent again because the database was away for a moment: it is tried as long as the claim holds. */
async function record(
  claim: Claim,
  notification: SentNotification,
  deps: DeliverDeps & { readonly until: number },
): Promise<boolean> {
  for (;;) {
    try {
      return await deps.store.told(claim, { notification, now: deps.now() });
    } catch (error) {
      if (deps.machineNow() + RECORD_RETRY >= deps.until) throw error;
    }
    await sleep(RECORD_RETRY);
  }
}

async function send(notification: Notification, deps: DeliverDeps): Promise<string | undefined> {
  const notifier = deps.notifiers.get(notification.receiver);
  if (notifier === undefined)
    throw new NotifyError(
      `Receiver "${notification.receiver}" is not in the configuration any more. Add it again or let its messages wait.`,
      { retryable: false },
    );
  return notifier.send(notification, AbortSignal.timeout(SEND_MS));
}

async function giveBack(claim: Claim, error: unknown, deps: DeliverDeps): Promise<void> {
  const known = error instanceof NotifyError ? error : undefined;
  const dead = known?.retryable === false;
  const wait = dead
    ? DEAD_RETRY
    : Math.max(known?.retryAfterMs ?? 0, Math.min(LONGEST_RETRY, FIRST_RETRY * 2 ** claim.attempts));
  const text = known?.message ?? 'The message could not be made; the log has the error.';
  await deps.store.release(claim, { retryAt: deps.machineNow() + wait, error: text, dead, now: deps.now() });
  deps.log(
    'warn',
    { receiver: claim.receiver, group: claim.groupKey, err: known ? text : error, retryInMs: wait },
    'notification failed',
  );
  if (dead) await deps.onReceiver(claim.receiver, false);
}

function sentOf(notification: Notification, claim: Claim, receipt: string | undefined): SentNotification {
  const { id, at, status, alerts } = notification;
  const { receiver, groupKey } = claim;
  const said = alerts.map(({ rule, labels, changes, level }) => ({ rule, labels, changes, level }));
  return { id, receiver, groupKey, at, status, alerts: said, ...(receipt !== undefined && { receipt }) };
}
