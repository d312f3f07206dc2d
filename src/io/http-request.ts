import type { Agent, Dispatcher } from 'undici';
import { request } from 'undici';
import { SourceError } from '../model/source.ts';
import { endsWithin } from './deadline.ts';
import { parseRetryAfter, PassingFailure } from './http-retry.ts';
import { scrub, secretsOf, shownUrl } from '../model/shown.ts';

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const MAX_REDIRECTS = 3;
const TOO_LARGE = 'UND_ERR_RES_EXCEEDED_MAX_SIZE';
const MAY_PASS = (status: number) => status === 408 || status === 425 || status === 429 || status >= 500;

/** One GET as it is sent; `timeout` in ms for the whole exchange, body included. */
export interface JsonRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly agent: Agent;
  readonly timeout: number;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
  readonly onRequest: (host: string) => void;
}

interface Answer {
  readonly status: number;
  readonly headers: Dispatcher.ResponseData['headers'];
  readonly text: string;
}

/** Asks once. @throws {SourceError} on anything but a 2xx answer with JSON, {PassingFailure} when it may be tried again. */
export async function requestJson(asked: JsonRequest): Promise<unknown> {
  const answer = await exchange(asked);
  if (answer.status < 200 || answer.status > 299) throw refusal(asked, answer);
  try {
    return JSON.parse(answer.text);
  } catch {
    // The parser's own message quotes the body unscrubbed, so it is no `cause`.
    throw failure(asked, `answered ${kindOf(answer.text)} instead of JSON${excerpt(asked, answer.text)}.`);
  }
}

/** Headers and body under one deadline, which a server that drips bytes cannot stretch. */
async function exchange(asked: JsonRequest): Promise<Answer> {
  const signal = endsWithin(asked.timeout, asked.signal);
  try {
    const { statusCode, headers, body } = await follow(asked, signal);
    return { status: statusCode, headers, text: await body.text() };
  } catch (cause) {
    if (cause instanceof SourceError || asked.signal.aborted) throw cause;
    if (signal.aborted) throw failure(asked, `gave no whole answer within ${asked.timeout / 1000} s.`, { cause });
    if (cause instanceof Error && 'code' in cause && cause.code === TOO_LARGE) {
      throw failure(asked, `sends more than ${asked.maxBytes / 2 ** 20} MB; the rest was not read.`, { cause });
    }
    throw unreachable(asked, cause);
  }
}

/** Follows up to three redirects. Headers stay with the origin they were meant for. */
async function follow(asked: JsonRequest, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
  let url = asked.url;
  for (let hops = 0; hops <= MAX_REDIRECTS; hops += 1) {
    const own = url.origin === asked.url.origin ? { ...basicAuth(asked.url), ...asked.headers } : {};
    asked.onRequest(url.host);
    const headers = { 'user-agent': 'tocsin', accept: 'application/json', ...own };
    const answer = await request(withoutUser(url), { dispatcher: asked.agent, signal, headers });
    const location = answer.headers['location'];
    if (!REDIRECTS.has(answer.statusCode) || typeof location !== 'string') return answer;
    await answer.body.dump();
    url = redirected(asked, url, location);
  }
  throw failure(asked, `redirects more than ${MAX_REDIRECTS} times. Write the final address.`);
}

function redirected(asked: JsonRequest, from: URL, location: string): URL {
  const to = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (to !== undefined && (to.protocol === from.protocol || to.protocol === 'https:')) return to;
  throw failure(asked, `redirects to another protocol ("${to?.protocol ?? 'none'}"), which is not followed.`);
}

function basicAuth(url: URL): Readonly<Record<string, string>> {
  if (url.username === '') return {};
  const user = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return { authorization: `Basic ${Buffer.from(user).toString('base64')}` };
}

function withoutUser(url: URL): URL {
  const bare = new URL(url);
  bare.username = '';
  bare.password = '';
  return bare;
}

function refusal(asked: JsonRequest, answer: Answer): SourceError {
  const said = `answered ${answer.status}${excerpt(asked, answer.text)}.`;
  if (!MAY_PASS(answer.status)) return failure(asked, said, { retryable: false });
  const header = answer.headers['retry-after'];
  const retryAfter = parseRetryAfter(typeof header === 'string' ? header : undefined, Date.now());
  const url = shownUrl(asked.url);
  return new PassingFailure(`${url} ${said}`, { url, retryAfter });
}

function unreachable(asked: JsonRequest, cause: unknown): SourceError {
  const why = scrub(cause instanceof Error ? cause.message : String(cause), secretsOf(asked.url, asked.headers));
  const url = shownUrl(asked.url);
  return new PassingFailure(`${url} cannot be reached: ${why}.`, { url, cause });
}

function failure(
  asked: JsonRequest,
  said: string,
  options: { retryable?: boolean; cause?: unknown } = {},
): SourceError {
  const url = shownUrl(asked.url);
  return new SourceError(`${url} ${said}`, { retryable: true, ...options, origin: { url } });
}

function kindOf(text: string): string {
  if (text.trim() === '') return 'nothing';
  return text.trimStart().startsWith('<') ? 'HTML' : 'text';
}

/** The start of a body for people, without anything of the request that the server may have echoed. */
function excerpt(asked: JsonRequest, text: string): string {
  const clean = scrub(text.slice(0, 2000), secretsOf(asked.url, asked.headers)).replace(/\s+/g, ' ').trim();
  if (clean === '') return '';
  return `: "${clean.length > 80 ? `${clean.slice(0, 80)}…` : clean}"`;
}
