import { expect, test } from 'vitest';
import { createQuiet, reasonOf } from '../../src/jobs/quiet.ts';

test('says the first of many at once, and after a while how many it kept back', () => {
  let now = 0;
  const said: number[] = [];
  const quiet = createQuiet(() => now, 60_000);
  for (now = 0; now < 60_000; now += 100) quiet('down', (held) => said.push(held));
  expect(said).toEqual([0]);
  now = 60_000;
  quiet('down', (held) => said.push(held));
  expect(said).toEqual([0, 599]);
});

test('keeps different complaints apart', () => {
  const said: string[] = [];
  const quiet = createQuiet(() => 0);
  for (const key of ['a', 'b', 'a']) quiet(key, () => said.push(key));
  expect(said).toEqual(['a', 'b']);
});

test('finds words for an error that has none of its own', () => {
  const refused = new Error('connect ECONNREFUSED 127.0.0.1:5432');
  expect(reasonOf(new AggregateError([refused]))).toBe('connect ECONNREFUSED 127.0.0.1:5432');
  expect(reasonOf('text')).toBe('text');
});
