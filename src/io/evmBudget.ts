import { createPace, type Pace } from './http-pace.ts';

/** Requests that may leave at once when a provider was left alone before. */
const BURST_SECONDS = 2;

/** One token bucket per provider, shared by all chains that are read there. */
export interface Budgets {
  /** Resolves when one more request to `host` may leave; rejects when `signal` ends first. */
  readonly turn: (host: string, perSecond: number, signal: AbortSignal) => Promise<void>;
  /** No request to `host` for so many ms: it asked for that (`Retry-After`). */
  readonly hold: (host: string, ms: number) => void;
}

/** Keeps what leaves for each provider within its calls a second; the first rate that is named for a host holds. */
export function createBudgets(): Budgets {
  const paces = new Map<string, Pace>();
  const paceOf = (host: string, perSecond: number): Pace => {
    const known = paces.get(host);
    if (known !== undefined) return known;
    const pace = createPace({ perSecond, burst: Math.max(1, Math.ceil(perSecond * BURST_SECONDS)) });
    paces.set(host, pace);
    return pace;
  };
  return {
    turn: (host, perSecond, signal) => paceOf(host, perSecond).turn(host, signal),
    hold: (host, ms) => paces.get(host)?.hold(host, ms),
  };
}
