import { Headers, request } from 'undici';
import type { Dispatcher } from 'undici';
import { fetch } from './fetch.ts';

/** As `fetch`, at a third of its cost for what notifiers mostly send: a text that is posted, with no redirect to follow. */
export const leanFetch: typeof fetch = async (input, init = {}) => {
  const { method, headers, body, redirect, signal } = init;
  if (typeof body !== 'string' || redirect !== 'manual' || Array.isArray(headers) || !signal) return fetch(input, init);
  const asked = { method: method as Dispatcher.HttpMethod, headers: headers as Record<string, string>, body, signal };
  const answer = await request(input as string | URL, asked);
  const { statusCode: status, headers: given } = answer;
  const isEmpty = given['content-length'] === '0';
  if (isEmpty) answer.body.resume();
  return {
    ...{ status, ok: status >= 200 && status < 300 },
    get headers() {
      return headersOf(given);
    },
    body: isEmpty ? null : answer.body,
    json: async () => answer.body.json(),
    text: async () => (isEmpty ? '' : answer.body.text()),
  } as unknown as Response;
};

function headersOf(given: Dispatcher.ResponseData['headers']): Headers {
  const headers = new Headers();
  for (const [name, values] of Object.entries(given))
    for (const value of [values].flat()) if (value !== undefined) headers.append(name, value);
  return headers;
}
