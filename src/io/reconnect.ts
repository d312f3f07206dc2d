import { setTimeout as sleep } from 'node:timers/promises';

export interface Reconnecting {
  /** Machine ms before the first new try after a failure; doubled up to a minute. */
  readonly firstRetry?: number;
  readonly signal: AbortSignal;
  readonly onFailure: (error: unknown, retryInMs: number) => void;
}

const FIRST_RETRY = 1000;
const LONGEST_RETRY = 60_000;

/** Holds one connection after another until it is told to stop; one that fails waits longer each time, one that ended does not. */
export async function reconnect(
  hold: () => Promise<void>,
  { firstRetry = FIRST_RETRY, signal, onFailure }: Reconnecting,
): Promise<void> {
  let wait = firstRetry;
  while (!signal.aborted) {
    try {
      await hold();
      wait = firstRetry;
    } catch (error) {
      if (signal.aborted) return;
      onFailure(error, wait);
      await sleep(wait, undefined, { signal }).catch(() => undefined);
      wait = Math.min(LONGEST_RETRY, wait * 2);
    }
  }
}
