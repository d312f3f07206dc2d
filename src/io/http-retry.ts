import { setTimeout as sleep } from 'node:timers/promises';
import { SourceError } from '../model/source.ts';
import type { Pace } from './http-pace.ts';

/** A failure that may pass within the run: an overloaded server or a broken connection. */
export class PassingFailure extends SourceError {
  /** ms, as the server asked. */
  readonly retryAfter: number | undefined;

  constructor(message: string, options: { url: string; retryAfter?: number | undefined; cause?: unknown }) {
    super(message, { retryable: true, origin: { url: options.url }, cause: options.cause });
    this.retryAfter = options.retryAfter;
  }
}

export interface RetryPolicy {
  readonly tries: number;
  /** ms: the wait after the first failure is anywhere below this, and the bound doubles each time. */
  readonly backoff: number;
  /** ms: a server that asks for more is left alone and the run goes on without it. */
  readonly longestWait: number;
  /** 0 ≤ random < 1. */
  readonly random: () => number;
}

interface Place {
  readonly host: string;
  readonly pace: Pace;
  readonly signal: AbortSignal;
}

/** Tries again what may pass, with full jitter, and as late as the server asked. */
export async function withRetries<T>(work: () => Promise<T>, policy: RetryPolicy, place: Place): Promise<T> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof PassingFailure)) throw error;
      if (error.retryAfter !== undefined) place.pace.hold(place.host, error.retryAfter);
      if (tried >= policy.tries || (error.retryAfter ?? 0) > policy.longestWait) throw error;
    }
    const bound = policy.backoff * 2 ** (tried - 1);
    await sleep(policy.random() * bound, undefined, { signal: place.signal });
  }
}

/** Reads `Retry-After` (seconds or an HTTP date) as ms from now. */
export function parseRetryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}
