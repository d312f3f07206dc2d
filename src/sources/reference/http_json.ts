import { z } from 'zod';
import { secret, webUrl } from '../../model/schema.ts';
import type { Secret } from '../../model/secret.ts';
import type { SourceKind } from '../../model/source.ts';
import { SourceError } from '../../model/source.ts';
import { READABLE, seriesOptions } from './any-metric.ts';
import { jsonPath, parseInstant, parseNumber, quote, select } from './parse.ts';

const options = z.strictObject({
  url: webUrl().describe('answers JSON to a GET'),
  path: jsonPath()
    .optional()
    .describe(
      'where the number stands: data[0].price, or a JSON Pointer such as /data/0/price; default: the whole answer',
    ),
  ...seriesOptions,
  scale: z
    .number()
    .refine((factor) => factor !== 0, { error: 'a scale of 0 would make every value 0' })
    .default(1)
    .describe("multiplies the number to reach the metric's unit: 0.01 for percent, 0.0001 for basis points"),
  timestamp: jsonPath().optional().describe('where the time of the value stands; default: the time of the request'),
  timestamp_unit: z
    .enum(['auto', 's', 'ms', 'iso'])
    .default('auto')
    .describe('unix seconds, unix ms or ISO 8601; auto tells them apart'),
  headers: z
    .record(z.string(), z.union([z.string(), secret()]))
    .default({})
    .describe('such as authorization'),
});
type Options = z.infer<typeof options>;

export const http_json: SourceKind<Options> = {
  kind: 'http_json',
  about:
    'One number out of any JSON document on the web. Null, a missing field or an empty text is an error, never zero.',
  reads: 'http',
  options,
  needs: [],
  metrics: READABLE,
  upstream: 'the host of `url`',
  make: (given) => {
    const { metric, labels } = given;
    return {
      yields: [{ metric, labels }],
      labels: { upstream: new URL(given.url).host },
      collect: async (io) => {
        const answer = await io.http.json(given.url, revealed(given.headers));
        const value = readValue(given, answer);
        const at = readTime(given, answer);
        return [{ metric, labels, value, ...(at === undefined ? {} : { at }) }];
      },
    };
  },
};

function readValue({ url, path, scale }: Options, answer: unknown): number {
  const found = path === undefined ? answer : select(answer, path);
  const value = parseNumber(found);
  if (value !== undefined) return value * scale;
  throw unexpected(url, path, { found, expected: 'a number was expected. Check `path`' });
}

function readTime({ url, timestamp, timestamp_unit }: Options, answer: unknown): number | undefined {
  if (timestamp === undefined) return undefined;
  const found = select(answer, timestamp);
  const at = parseInstant(found, timestamp_unit);
  if (at !== undefined) return at;
  throw unexpected(url, timestamp, { found, expected: 'a time was expected. Check `timestamp` and `timestamp_unit`' });
}

function unexpected(url: string, path: string | undefined, said: { found: unknown; expected: string }): SourceError {
  const place = path === undefined ? '' : ` at "${path}"`;
  const { host } = new URL(url);
  const message = `${host} answered ${quote(said.found)}${place}; ${said.expected}.`;
  return new SourceError(message, { retryable: true, origin: { url: host } });
}

function revealed(headers: Options['headers']): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, plain(value)]));
}

function plain(value: string | Secret): string {
  return typeof value === 'string' ? value : value.reveal();
}
