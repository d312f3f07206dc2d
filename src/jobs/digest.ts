import { latestSlot, slotBefore } from '../dispatch/schedule.ts';
import type { Config } from '../model/config.ts';
import type { Digest } from '../model/digest.ts';
import { NotifyError } from '../model/notification.ts';
import type { Notifier } from '../model/notification.ts';
import type { Store } from '../model/store.ts';

export interface DigestDeps {
  readonly digest: NonNullable<Config['digest']>;
  readonly store: Pick<Store, 'useOnce' | 'isUsed'>;
  readonly notifiers: ReadonlyMap<string, Notifier>;
  /** Says what there is to say between two times: unix ms, judging clock. */
  readonly compose: (from: number, slot: number) => Promise<Digest>;
  /** Judging and machine clock, unix ms. */
  readonly now: () => number;
  readonly machineNow: () => number;
  readonly log: (level: 'info' | 'warn', event: Readonly<Record<string, unknown>>, message: string) => void;
}

const HOUR = 3_600_000;
/** One that could not be sent for so long is left to the next: ms, judging clock. */
const LATEST = 6 * HOUR;
/** For so long one process alone tries to send, and after a failure nobody does: ms, machine clock. */
const CLAIM_MS = 60_000;
const SEND_MS = 20_000;
/** ms: longer than any time between two of them. */
const REMEMBER = 15 * 24 * HOUR;

/**
 * Sends each receiver the digest of the newest slot, once for all replicas. To be called after each tick. A crash between the acceptance and
 * its record sends it twice, never not at all.
 */
export function createDigest(deps: DigestDeps): () => Promise<void> {
  const done = new Set<string>();
  return async () => {
    const { digest, now } = deps;
    const slot = latestSlot(digest, now());
    if (now() - slot > LATEST) return;
    for (const receiver of digest.receivers) {
      const key = `digest:${receiver}:${slot}`;
      if (!done.has(key) && (await isSettled(key, receiver, slot, deps))) done.add(key);
    }
  };
}

/** True when the receiver has it, from whomever. */
async function isSettled(key: string, receiver: string, slot: number, deps: DigestDeps): Promise<boolean> {
  const { store, machineNow, log, digest, compose, notifiers } = deps;
  const at = machineNow();
  if (await store.isUsed(`${key}:sent`, at)) return true;
  if (!(await store.useOnce(`${key}:claim`, { until: at + CLAIM_MS, now: at }))) return false;
  // Another process may have sent it between the look and the claim.
  if (await store.isUsed(`${key}:sent`, at)) return true;
  try {
    const made = await compose(slotBefore(digest, slot), slot);
    await notifiers.get(receiver)?.digest?.(made, AbortSignal.timeout(SEND_MS));
  } catch (error) {
    if (!(error instanceof NotifyError)) throw error;
    log('warn', { receiver, err: error.message }, 'the digest was not accepted; it is tried again');
    return false;
  }
  await store.useOnce(`${key}:sent`, { until: at + REMEMBER, now: at });
  log('info', { receiver }, 'digest accepted');
  return true;
}
