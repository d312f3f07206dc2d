import { setTimeout as sleep } from 'node:timers/promises';

/** ms. */
const HOUR = 3_600_000;

export interface UpkeepOptions {
  readonly maintain: () => Promise<void>;
  /** A failure ends nothing: the next time tries again. */
  readonly onError: (error: unknown) => void;
  /** Machine ms between two times. */
  readonly every?: number;
}

/** Maintains the store before anything is written, then every hour. Returns how to stop; what runs is waited for. */
export async function startUpkeep({ maintain, onError, every = HOUR }: UpkeepOptions): Promise<() => Promise<void>> {
  const ending = new AbortController();
  const once = async () => maintain().catch(onError);
  await once();
  const repeating = repeat(once, every, ending.signal);
  return async () => {
    ending.abort();
    await repeating;
  };
}

async function repeat(work: () => Promise<void>, every: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const isDue = await sleep(every, true, { signal, ref: false }).catch(() => false);
    if (isDue) await work();
  }
}
