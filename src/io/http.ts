import DataLoader from 'dataloader';
import { Agent } from 'undici';
import type { HttpReads, Together } from '../model/source.ts';
import { SourceError } from '../model/source.ts';
import { createPace } from './http-pace.ts';
import { requestJson } from './http-request.ts';
import { withRetries } from './http-retry.ts';
import { shownUrl } from '../model/shown.ts';

/** Times in machine ms. */
export interface HttpOptions {
  /** Called for each request that is sent, retries and redirects included. */
  readonly onRequest?: (host: string) => void;
  /** For one exchange, body included. */
  readonly timeout?: number;
  readonly maxBytes?: number;
  readonly tries?: number;
  readonly backoff?: number;
  /** A server that asks for a longer pause (`Retry-After`) fails at once until it is over. */
  readonly longestWait?: number;
  /** For each host. */
  readonly perSecond?: number;
  readonly burst?: number;
  readonly random?: () => number;
}

export interface Http {
  /** Reads of one run: one URL is fetched once, whoever asks. `signal` ends the run. */
  readonly reads: (signal: AbortSignal) => HttpReads;
  readonly close: () => Promise<void>;
}

const DEFAULTS = {
  onRequest: () => undefined,
  timeout: 10_000,
  maxBytes: 16 * 2 ** 20,
  tries: 3,
  backoff: 500,
  longestWait: 10_000,
  perSecond: 5,
  burst: 10,
  random: Math.random,
} satisfies Required<HttpOptions>;

/** Makes the HTTP client that all runs of a process share: connections, and politeness towards each host. */
export function createHttp(given: HttpOptions = {}): Http {
  const options: Required<HttpOptions> = { ...DEFAULTS, ...given };
  const agent = new Agent({ maxResponseSize: options.maxBytes });
  const pace = createPace(options);

  const get = async (href: string, headers: Readonly<Record<string, string>>, signal: AbortSignal) => {
    const url = parseUrl(href);
    const shown = shownUrl(url);
    if (pace.held(url.host) > options.longestWait) throw heldBack(url, pace.held(url.host));
    const ask = async () => {
      await pace.turn(url.host, signal);
      return requestJson({ ...options, url, headers, agent, signal });
    };
    try {
      return await withRetries(ask, options, { host: url.host, pace, signal });
    } catch (cause) {
      if (cause instanceof SourceError || !signal.aborted) throw cause;
      const message = `${shown} had not answered when the run ended.`;
      throw new SourceError(message, { retryable: true, origin: { url: shown }, cause });
    }
  };
  return { reads: (signal) => readsOfRun((url, headers) => get(url, headers, signal)), close: () => agent.destroy() };
}

function readsOfRun(get: (url: string, headers: Readonly<Record<string, string>>) => Promise<unknown>): HttpReads {
  const answers = new Map<string, Promise<unknown>>();
  const loaders = new Map<string, DataLoader<unknown, unknown, string>>();

  const json: HttpReads['json'] = (url, headers = {}) => {
    const key = JSON.stringify([url, headers]);
    const answer = answers.get(key) ?? get(url, headers);
    answers.set(key, answer);
    return answer;
  };
  const together = async <Item, Answer>(kind: Together<Item, Answer>, item: Item): Promise<Answer> => {
    const loader = loaders.get(kind.name) ?? createLoader(kind, reads);
    loaders.set(kind.name, loader);
    return (await loader.load(item)) as Answer;
  };
  const reads: HttpReads = { json, together };
  return reads;
}

function createLoader<Item, Answer>(kind: Together<Item, Answer>, reads: HttpReads) {
  return new DataLoader<unknown, unknown, string>((items) => kind.fetch(items as readonly Item[], reads), {
    maxBatchSize: kind.max,
    cacheKeyFn: (item) => JSON.stringify(item),
  });
}

function parseUrl(href: string): URL {
  if (URL.canParse(href)) return new URL(href);
  throw new SourceError('The address is no URL. Write it as https://host/path.', { retryable: false });
}

function heldBack(url: URL, ms: number): SourceError {
  const message = `${url.host} asked for a pause; ${Math.ceil(ms / 1000)} s of it are left.`;
  return new SourceError(message, { retryable: true, origin: { url: shownUrl(url) } });
}
