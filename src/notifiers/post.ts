import { NotifyError } from '../model/notification.ts';
import type { Secret } from '../model/secret.ts';
import { scrub } from '../model/shown.ts';
import { codeOf, reasonOf } from './reason.ts';

const MOST_BYTES = 65_536;

export interface HttpPost {
  /** For sentences: `Slack`. */
  readonly service: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON, as it is sent. */
  readonly body: string;
  /** What no error may repeat, longest first: the address itself is the password of many services. */
  readonly secrets: readonly string[];
  /** What to do about these statuses, one sentence each. */
  readonly advice: Readonly<Record<number, string>>;
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly ok: boolean;
  /** Made when it is asked for: most answers need none. */
  readonly headers: () => Headers;
  /** At most 64 kB. */
  readonly text: string;
}

/**
 * Posts JSON once, follows no redirect, and returns the answer's text when the status is 2xx.
 * @throws {NotifyError} retryable for 408, 425, 429, 5xx, a network failure and an aborted `signal`.
 */
export async function postJson(send: typeof fetch, post: HttpPost): Promise<string> {
  const answer = await exchange(send, post);
  if (!answer.ok) throw refused(post, answer);
  return answer.text;
}

/**
 * Posts JSON once, follows no redirect, and returns whatever is answered.
 * @throws {NotifyError} retryable, when there is no whole answer.
 */
export async function exchange(send: typeof fetch, post: HttpPost): Promise<HttpAnswer> {
  const { service, url, headers, body, secrets, signal } = post;
  try {
    const response = await send(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
      body,
      redirect: 'manual',
      signal,
    });
    const { status, ok } = response;
    const text = await readBounded(response);
    return { status, ok, text, headers: () => response.headers };
  } catch (error) {
    throw unreachable(service, { error, signal, secrets });
  }
}

/** What an answer outside 2xx means; `waitMs` when the body says how long to wait. */
export function refused({ service, advice, secrets }: HttpPost, answer: HttpAnswer, waitMs?: number): NotifyError {
  const { status, headers } = answer;
  const said = excerpt(answer.text, secrets);
  const retryable = status === 408 || status === 425 || status === 429 || status >= 500;
  const what = `${service} answered ${status}${said && ` "${said}"`}; 200 was expected.`;
  const todo = retryable ? 'It is tried again.' : (advice[status] ?? 'Check the address of the receiver.');
  const wait = retryable ? (waitMs ?? retryAfter(headers())) : undefined;
  return new NotifyError(`${what} ${todo}`, { retryable, ...(wait !== undefined && { retryAfterMs: wait }) });
}

/** The beginning of an answer, on one line and without secrets, for an error's sentence. */
export function excerpt(text: string, secrets: readonly string[]): string {
  return scrub(text, secrets).replace(/\s+/g, ' ').trim().slice(0, 80);
}

/** A webhook's address and every part of it long enough to be a key, longest first. */
export function webhookSecrets(url: Secret): string[] {
  const { href, pathname, search, password } = new URL(url.reveal());
  const parts = `${pathname}/${search}`.split(/[/?&=]/).filter((part) => part.length >= 6);
  const all = [url.reveal(), href, pathname + search, pathname, password, ...parts].filter((part) => part.length > 3);
  return all.sort((a, b) => b.length - a.length);
}

/** A key and what it looks like in an address or a login, longest first. */
export function keySecrets(...keys: readonly Secret[]): string[] {
  const forms = keys.flatMap((key) => {
    const plain = key.reveal();
    return [plain, encodeURIComponent(plain), Buffer.from(plain).toString('base64')];
  });
  return forms.filter((form) => form.length > 3).sort((a, b) => b.length - a.length);
}

/** ms, from seconds or from an HTTP date measured against the answer's own `Date`. */
export function retryAfter(headers: Headers): number | undefined {
  const value = headers.get('retry-after')?.trim() ?? '';
  if (/^\d{1,9}(?:\.\d+)?$/.test(value)) return Math.round(Number(value) * 1000);
  const wait = Date.parse(value) - Date.parse(headers.get('date') ?? '');
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}

interface Failure {
  readonly error: unknown;
  readonly signal: AbortSignal;
  readonly secrets: readonly string[];
}

function unreachable(service: string, { error, signal, secrets }: Failure): NotifyError {
  const cause = reasonOf(error, secrets);
  const why = signal.aborted ? 'did not answer in time' : `could not be reached (${codeOf(cause) ?? cause.message})`;
  return new NotifyError(`${service} ${why}. It is tried again; check the network and a proxy if it lasts.`, {
    retryable: true,
    cause,
  });
}

async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk as Uint8Array);
    size += (chunk as Uint8Array).length;
    if (size >= MOST_BYTES) break;
  }
  return Buffer.concat(chunks).subarray(0, MOST_BYTES).toString('utf8');
}
