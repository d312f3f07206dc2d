import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { harnesses } from '../support/notifierHarness.ts';
import type { Trouble } from '../support/notifierHarness.ts';

/** Rows of "What is tried again" in the docs: what a receiver answers, and what happens then. */
const rows = readFileSync(new URL('../../docs/receivers.md', import.meta.url), 'utf8')
  .split('## What is tried again')[1]!
  .split('\n## ')[0]!
  .split('\n')
  .filter((line) => /^\| [^|]+ \| [^|]+ \|$/.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map(([, answer, happens]) => ({ answer: answer!, happens: happens! }))
  .filter(({ answer }) => answer !== 'answer');

const isTried = ({ happens }: { readonly happens: string }) => happens.startsWith('tried again');
const rowWith = (part: string) => {
  const found = rows.filter(({ answer }) => answer.includes(part));
  expect({ part, found }).toMatchObject({ part, found: [{}] });
  return found[0]!;
};
/** Statuses that a row names, `5xx` with every number of that hundred. */
const named = (answer: string) =>
  [...answer.matchAll(/\b(\d)(\d\d|xx)\b/g)].map(([, first, rest]) => `${first}${rest}`);

function documentedStatus(code: string): boolean {
  const exact = rows.find(({ answer }) => /^\d{3}[, ]/.test(answer) && named(answer).includes(code));
  const hundred = rows.find(({ answer }) => !/^(?:2xx|SMTP)/.test(answer) && named(answer).includes(`${code[0]}xx`));
  const row = exact ?? hundred;
  expect({ code, row }).toEqual({ code, row: expect.anything() });
  return isTried(row!);
}

const slackWords = new Set([...rowWith('Slack 200').happens.matchAll(/`(\w+)`/g)].map(([, word]) => word!));

/** What the docs say of a trouble that the suite of all receivers makes. */
function documented(kind: string, name: string): boolean | undefined {
  const status = /^status (\d{3})$/.exec(name)?.[1];
  if (status !== undefined) return documentedStatus(status);
  if (kind === 'email') {
    const code = /status: (\d)\d\d/.exec(name)?.[1];
    if (code === undefined || code === '4') return isTried(rowWith('SMTP 4xx, no connection'));
    return isTried(rowWith('SMTP 5xx'));
  }
  if (['hang', 'reset', 'half'].includes(name)) return isTried(rowWith('no answer in time, connection cut, half'));
  if (name === 'a login page') return isTried(rowWith('a login page'));
  return kind === 'slack' ? slackWords.has(name.split(' ')[0]!) : undefined;
}

describe.each(Object.keys(harnesses).filter((kind) => kind !== 'inbox' && kind !== 'log'))('%s', (kind) => {
  let troubles: readonly Trouble[];
  let close: () => Promise<void>;
  beforeAll(async () => ({ troubles, close } = await harnesses[kind]!()));
  afterAll(async () => close());

  it('is tried again after exactly what the docs say', () => {
    expect(troubles.map(({ name }) => [name, documented(kind, name)])).toEqual(
      troubles.map(({ name, retryable }) => [name, retryable]),
    );
  });

  it('meets in the suite every answer that the docs name', () => {
    const names = troubles.map(({ name }) => name).join('\n');
    const http = ['302', '400', '408', '425', '429', '500', 'hang', 'reset', 'half'];
    const expected = kind === 'email' ? ['status: 421', 'status: 5', 'hang', 'reset'] : http;
    for (const each of kind === 'slack' ? [...expected, ...slackWords] : expected) expect(names).toContain(each);
  });
});
