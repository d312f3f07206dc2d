import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { file_csv } from '../../../src/sources/reference/file_csv.ts';
import { context, NOW, run } from './run.ts';

const minute = 60_000;
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tocsin-csv-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const row = (minutesAgo: number, value: number | string) =>
  `${new Date(NOW - minutesAgo * minute).toISOString()},${value}`;

function read(rows: readonly string[], options: object = {}) {
  writeFileSync(join(folder, 'rows.csv'), ['time,value', ...rows, ''].join('\n'));
  return run(file_csv, { path: 'rows.csv', metric: 'price_usd', ...options }, context({ folder }));
}
const values = async (work: ReturnType<typeof read>) => (await work).map(({ value }) => value);

describe('file_csv', () => {
  it('yields the rows of the last hour, oldest first, and none of the future', async () => {
    const rows = [row(-1, 9), row(0, 4), row(30, 3), row(59, 2), row(60, 1), row(120, 0)];
    expect(await read(rows)).toEqual([
      { metric: 'price_usd', labels: {}, value: 2, at: NOW - 59 * minute },
      { metric: 'price_usd', labels: {}, value: 3, at: NOW - 30 * minute },
      { metric: 'price_usd', labels: {}, value: 4, at: NOW },
    ]);
  });

  it('yields the newest row when the window is empty', async () => {
    expect(await values(read([row(300, 1), row(200, 2), row(-1, 3)]))).toEqual([2]);
  });

  it('looks back as far as `window` says', async () => {
    expect(await values(read([row(120, 1), row(90, 2), row(1, 3)], { window: '2h' }))).toEqual([2, 3]);
  });

  it('yields a thousand rows at most, the newest', async () => {
    const found = await values(read(Array.from({ length: 1500 }, (_, n) => row(n / 100, n))));
    expect([found.length, found.at(0), found.at(-1)]).toEqual([1000, 999, 0]);
  });

  it('reads unix seconds and ms, other columns and gzip', async () => {
    const csv = `value,time,note\r\n1,${NOW / 1000 - 2},a\r\n2,${NOW - 1000},b\r\n`;
    writeFileSync(join(folder, 'rows.csv.gz'), gzipSync(csv));
    const found = await run(file_csv, { path: 'rows.csv.gz', metric: 'tvl_usd' }, context({ folder }));
    expect(found.map(({ value, at }) => [value, at])).toEqual([
      [1, NOW - 2000],
      [2, NOW - 1000],
    ]);
  });

  it('takes an empty value as a gap, never as zero', async () => {
    expect(await values(read([row(2, 1), row(1, '')]))).toEqual([1]);
  });

  it.each([
    [
      'a value that is no number',
      [row(2, 1), row(1, 'NaN')],
      /^"rows.csv" line 3 says ".*,NaN"; an ISO or unix time and a number/,
    ],
    ['a time that is none', ['yesterday,1'], /line 2 says "yesterday,1"/],
    ['only rows of the future', [row(-5, 1)], '"rows.csv" has no row at or before 2026-11-20T06:00:00.000Z.'],
  ])('refuses %s', async (_, rows, message) => {
    await expect(read(rows)).rejects.toThrow(message);
  });

  it('refuses a file without the columns', async () => {
    writeFileSync(join(folder, 'other.csv'), 'date;price\n');
    const work = run(file_csv, { path: 'other.csv', metric: 'price_usd' }, context({ folder }));
    await expect(work).rejects.toThrow(
      'starts with "date;price"; a header with the columns time and value was expected.',
    );
  });
});
