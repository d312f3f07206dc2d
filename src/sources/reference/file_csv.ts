import { resolve } from 'node:path';
import { z } from 'zod';
import { duration, text } from '../../model/schema.ts';
import type { SourceKind } from '../../model/source.ts';
import { SourceError } from '../../model/source.ts';
import { READABLE, seriesOptions } from './any-metric.ts';
import { parseInstant, parseNumber, quote } from './parse.ts';

const MOST_ROWS = 1000;

const options = z.strictObject({
  path: text().describe(
    'CSV with a header that has the columns `time` and `value`, plain or gzip; relative to the file that names it',
  ),
  ...seriesOptions,
  window: duration()
    .prefault('1h')
    .describe('how far back a run reads: rows that a late or failed run missed are made good within it'),
});

interface Row {
  readonly at: number;
  readonly value: number;
}

/**
 * A replay: what a reader at `now` could have known, nothing later. A run keeps no memory of the one before: it yields all
 * rows of the last `window` (at most 1000) and at least the newest, and the store takes a row again without harm.
 */
export const file_csv: SourceKind<z.infer<typeof options>> = {
  kind: 'file_csv',
  about: 'Replays a series from a CSV file: yields the rows up to now, as if they were read live.',
  reads: 'file',
  options,
  needs: [],
  metrics: READABLE,
  upstream: 'file',
  make: ({ path, metric, labels, window }, context) => ({
    yields: [{ metric, labels }],
    labels: { upstream: 'file' },
    collect: async (io) => {
      const rows = parseRows(path, await io.file.text(resolve(context.folder, path)));
      return due(path, rows, { now: io.now, window }).map((row) => ({ metric, labels, ...row }));
    },
  }),
};

function due(path: string, rows: readonly Row[], time: { now: number; window: number }): readonly Row[] {
  const past = rows.filter((row) => row.at <= time.now).sort((a, b) => a.at - b.at);
  const recent = past.filter((row) => row.at > time.now - time.window);
  if (past.length > 0) return recent.length > 0 ? recent.slice(-MOST_ROWS) : past.slice(-1);
  const now = new Date(time.now).toISOString();
  throw new SourceError(`"${path}" has no row at or before ${now}.`, { retryable: true });
}

function parseRows(path: string, csv: string): readonly Row[] {
  const [header = '', ...lines] = csv.replace(/^\uFEFF/, '').split(/\r?\n/);
  const columns = header.split(',').map((name) => name.trim());
  const [time, value] = [columns.indexOf('time'), columns.indexOf('value')];
  if (time < 0 || value < 0) {
    throw malformed(`"${path}" starts with ${quote(header)}; a header with the columns time and value was expected.`);
  }
  return lines.flatMap((line, index) =>
    parseRow(line.split(','), { time, value, place: `"${path}" line ${index + 2}` }),
  );
}

/** An empty line or value is a gap, not zero. */
function parseRow(cells: readonly string[], columns: { time: number; value: number; place: string }): readonly Row[] {
  const cell = cells[columns.value]?.trim() ?? '';
  if (cell === '') return [];
  const at = parseInstant(cells[columns.time]?.trim());
  const value = parseNumber(cell);
  if (at !== undefined && value !== undefined) return [{ at, value }];
  throw malformed(`${columns.place} says ${quote(cells.join(','))}; an ISO or unix time and a number were expected.`);
}

function malformed(message: string): SourceError {
  return new SourceError(message, { retryable: false });
}
