import { createClient, http, type Client } from 'viem';
import { endsWithin } from './deadline.ts';
import { fetch } from './fetch.ts';
import { parseRetryAfter } from './http-retry.ts';

const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** How one JSON-RPC request went; `ms` on the machine clock. */
export interface RpcAnswer {
  readonly method: string;
  readonly ok: boolean;
  readonly ms: number;
}

/** Bounds of the requests of one run; `timeout` in ms for each, body included. */
export interface Bounds {
  readonly timeout: number;
  readonly signal: AbortSignal;
  readonly told: (answer: RpcAnswer) => void;
  /** Resolves when one more request may leave; rejects when the provider's budget is spent. */
  readonly turn: () => Promise<void>;
  /** The server asked to be left alone for so many ms. */
  readonly held: (ms: number) => void;
}

/** A client for one run: bounded in time and size, never retrying by itself, ended by the run's signal. */
export function boundedClient(url: string, { timeout, signal, told, turn, held }: Bounds): Client {
  // viem's own timeout ends with the headers; this one also ends a body that never does.
  const fetchFn: typeof fetch = async (input, init) => {
    const response = await fetch(input, { ...init, redirect: 'error', signal: endsWithin(timeout, signal) });
    const wait = response.ok
      ? undefined
      : parseRetryAfter(response.headers.get('retry-after') ?? undefined, Date.now());
    if (wait !== undefined) held(wait);
    return statusFirst(response);
  };
  const transport = http(url, { fetchFn, maxResponseBodySize: MAX_ANSWER_BYTES, retryCount: 0, timeout });
  return createClient({
    transport: (parameters) => {
      const inner = transport(parameters);
      const request: typeof inner.request = async (args, settings) => {
        await turn();
        const startedAt = performance.now();
        const tell = (ok: boolean) => told({ method: args.method, ok, ms: performance.now() - startedAt });
        try {
          const answer: unknown = await inner.request(args, settings);
          tell(true);
          return answer as never;
        } catch (error) {
          tell(false);
          throw error;
        }
      };
      return { ...inner, request };
    },
  });
}

/** Lets viem tell an HTTP error whose body claims to be JSON and is none by its status. */
function statusFirst(response: Response): Response {
  if (response.ok) return response;
  return new Response(response.body, { status: response.status, headers: { 'content-type': 'text/plain' } });
}
