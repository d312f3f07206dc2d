import { setTimeout as sleep } from 'node:timers/promises';

/** Keeps requests to one host polite; shared by all runs of a process. */
export interface Pace {
  /** Resolves when one more request to `host` is due; rejects when `signal` ends first. */
  readonly turn: (host: string, signal: AbortSignal) => Promise<void>;
  /** No request to `host` for so many ms. */
  readonly hold: (host: string, ms: number) => void;
  /** ms until `host` may be asked again after a `hold`. */
  readonly held: (host: string) => number;
}

/** A token bucket per host: `burst` requests at once, refilled at `perSecond`. */
export function createPace(limits: { readonly perSecond: number; readonly burst: number }): Pace {
  const interval = 1000 / limits.perSecond;
  const dueAt = new Map<string, number>();
  const heldUntil = new Map<string, number>();
  const held = (host: string) => Math.max(0, (heldUntil.get(host) ?? 0) - performance.now());

  const turn = async (host: string, signal: AbortSignal) => {
    const now = performance.now();
    const due = Math.max(dueAt.get(host) ?? 0, now - limits.burst * interval) + interval;
    dueAt.set(host, due);
    const wait = Math.max(due - now, held(host));
    if (wait > 0) await sleep(wait, undefined, { signal });
  };
  return { turn, held, hold: (host, ms) => heldUntil.set(host, performance.now() + ms) };
}
