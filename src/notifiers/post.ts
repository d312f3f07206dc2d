import { NotifyError } from '../model/notification.ts';
import type { Secret } from '../model/secret.ts';
import { scrub } from '../model/shown.ts';
import { codeOf, reasonOf } from './reason.ts';

const MOST_BYTES = 65_536;

export interface HttpPost {
  /** For sentences: `Slack`. */
  readonly service: string;
  /** The address itself is the password of many services. */
  readonly url: Secret;
  readonly body: unknown;
  /** What to do about these statuses, one sentence each. */
  readonly advice: Readonly<Record<number, string>>;
  readonly signal: AbortSignal;
}

/**
 * Posts JSON once, follows no redirect, and returns the answer's text (at most 64 kB) when the status is 2xx.
 * @throws {NotifyError} retryable for 408, 425, 429, 5xx, a network failure and an aborted `signal`.
 */
export async function postJson(send: typeof fetch, post: HttpPost): Promise<string> {
  const { service, url, body, signal } = post;
  const secrets = webhookSecrets(url);
  let response: Response;
  let text: string;
  try {
    response = await send(url.reveal(), {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify(body),
      redirect: 'manual',
      signal,
    });
    text = await readBounded(response);
  } catch (error) {
    throw unreachable(service, { error, signal, secrets });
  }
  if (!response.ok) throw refused(post, response, excerpt(text, secrets));
  return text;
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

function refused({ service, advice }: HttpPost, { status, headers }: Response, said: string): NotifyError {
  const retryable = status === 408 || status === 425 || status === 429 || status >= 500;
  const what = `${service} answered ${status}${said && ` "${said}"`}; 200 was expected.`;
  const todo = retryable ? 'It is tried again.' : (advice[status] ?? 'Check the address of the receiver.');
  const wait = retryable ? retryAfter(headers) : undefined;
  return new NotifyError(`${what} ${todo}`, { retryable, ...(wait !== undefined && { retryAfterMs: wait }) });
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

/** ms, from seconds or from an HTTP date measured against the answer's own `Date`. */
function retryAfter(headers: Headers): number | undefined {
  const value = headers.get('retry-after')?.trim() ?? '';
  if (/^\d{1,9}(?:\.\d+)?$/.test(value)) return Math.round(Number(value) * 1000);
  const wait = Date.parse(value) - Date.parse(headers.get('date') ?? '');
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
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
