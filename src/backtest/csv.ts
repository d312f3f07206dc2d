import { readPlainRows } from './csvPlain.ts';
import { readTime } from './csvTime.ts';
import { readValue } from './csvValue.ts';

/** A row that cannot be read. Line and column are 1-based. */
export class CsvError extends Error {
  override readonly name = 'CsvError';
  readonly line: number;
  readonly column: number;

  constructor(message: string, line: number, column: number) {
    super(message);
    this.line = line;
    this.column = column;
  }
}

export interface Columns {
  /** Unix ms. */
  readonly times: Float64Array<ArrayBuffer>;
  readonly values: Float64Array<ArrayBuffer>;
}

const NEWLINE = 10;
const RETURN = 13;
const COMMA = 44;
const HEADER = 'time,value';
/** What is written where nothing was read: no sample, as in the store. */
const NO_VALUE = /^(|nan|null|none|n\/a|[+-]?inf(inity)?)$/i;

/**
 * Reads `time,value` rows: ISO 8601 with a zone, or Unix seconds or ms. They may stand in any order; of several at one time the last
 * counts; one without a finite value is no sample. The header may be missing. @throws {CsvError}
 */
export function readCsv(bytes: Uint8Array): Columns {
  const start = afterHeader(bytes);
  const columns = new Growing(Math.ceil((bytes.length - start) / USUAL_ROW) + 1);
  const reached = { at: start, row: 0 };
  let line = start === 0 ? 1 : 2;
  while (reached.at < bytes.length) {
    const { row } = reached;
    const { times, values } = columns.withRoomFor(row);
    readPlainRows(bytes, reached, { times, values });
    line += reached.row - row;
    if (reached.at === bytes.length || reached.row === times.length) continue;
    const end = bytes.indexOf(NEWLINE, reached.at);
    const last = end < 0 ? bytes.length : end;
    if (readRow(bytes, { at: reached.at, last, line: line++ }, { times, values, row: reached.row })) reached.row++;
    reached.at = last + 1;
  }
  if (reached.row === 0) throw new CsvError('found no row with a value; expected at least one', 1, 1);
  return inOrder(columns.cut(reached.row));
}

/** Rows by time; the last of those at one time. */
function inOrder(columns: Columns): Columns {
  const { times, values } = columns;
  if (isRising(times)) return columns;
  const rows = [...times.keys()].sort((a, b) => times[a]! - times[b]! || a - b);
  const kept = rows.filter((row, index) => index === rows.length - 1 || times[rows[index + 1]!] !== times[row]);
  return {
    times: Float64Array.from(kept, (row) => times[row]!),
    values: Float64Array.from(kept, (row) => values[row]!),
  };
}

function isRising(times: Float64Array): boolean {
  for (let row = 1; row < times.length; row++) if (times[row]! <= times[row - 1]!) return false;
  return true;
}

/** Bytes of a row with Unix seconds and a price. */
const USUAL_ROW = 20;

/** Two columns that grow with what is read. */
class Growing {
  times: Float64Array<ArrayBuffer>;
  values: Float64Array<ArrayBuffer>;

  constructor(rows: number) {
    this.times = new Float64Array(rows);
    this.values = new Float64Array(rows);
  }

  withRoomFor(row: number): this {
    if (row < this.times.length) return this;
    this.times = twice(this.times);
    this.values = twice(this.values);
    return this;
  }

  cut(rows: number): Columns {
    if (rows > this.times.length / 2)
      return { times: this.times.subarray(0, rows), values: this.values.subarray(0, rows) };
    return { times: this.times.slice(0, rows), values: this.values.slice(0, rows) };
  }
}

function twice(column: Float64Array): Float64Array<ArrayBuffer> {
  const longer = new Float64Array(column.length * 2);
  longer.set(column);
  return longer;
}

/** Where the first row begins: behind a header, or at once when the first line begins with a time. */
function afterHeader(bytes: Uint8Array): number {
  const end = bytes.indexOf(NEWLINE);
  const header = text(bytes, 0, end < 0 ? bytes.length : end)
    .replace(/^\uFEFF/, '')
    .replaceAll(/["\s]/g, '');
  if (header.toLowerCase() === HEADER) return end < 0 ? bytes.length : end + 1;
  const first = bare(bytes, 0, Math.max(0, bytes.indexOf(COMMA)));
  if (Number.isNaN(readTime(bytes, first.at, first.last)))
    throw new CsvError(`found "${shortened(header)}"; expected the header ${HEADER}`, 1, 1);
  return 0;
}

interface Span {
  readonly at: number;
  readonly last: number;
}

/** Reads one row; false when it has no value. */
function readRow(
  bytes: Uint8Array,
  { at, last: end, line }: Span & { readonly line: number },
  { times, values, row }: Columns & { readonly row: number },
): boolean {
  const last = end > at && bytes[end - 1] === RETURN ? end - 1 : end;
  if (last === at) return false;
  let comma = at;
  while (comma < last && bytes[comma] !== COMMA) comma++;
  const when = bare(bytes, at, comma);
  const time = readTime(bytes, when.at, when.last);
  if (Number.isNaN(time))
    throw new CsvError(
      `found "${shortened(text(bytes, at, comma))}"; expected a time such as 2023-03-11T03:11:00Z or Unix seconds`,
      line,
      1,
    );
  const what = bare(bytes, comma + 1, last);
  const value = comma < last ? readValue(bytes, what.at, what.last) : NaN;
  if (Number.isFinite(value)) {
    times[row] = time;
    values[row] = value;
    return true;
  }
  if (comma < last && NO_VALUE.test(text(bytes, what.at, what.last))) return false;
  throw new CsvError(`found "${shortened(text(bytes, comma + 1, last))}"; expected a number`, line, comma - at + 2);
}

const SPACE = 32;
const QUOTE = 34;

/** A field without the blanks and quotes around it. */
function bare(bytes: Uint8Array, from: number, to: number): Span {
  let at = from;
  let last = to;
  while (at < last && (bytes[at] === SPACE || bytes[at] === QUOTE)) at++;
  while (last > at && (bytes[last - 1] === SPACE || bytes[last - 1] === QUOTE)) last--;
  return { at, last };
}

/** A file that is no CSV may be one line. */
function shortened(found: string): string {
  return found.length > 60 ? `${found.slice(0, 60)}…` : found;
}

function text(bytes: Uint8Array, from: number, to: number): string {
  return new TextDecoder().decode(bytes.subarray(from, Math.max(from, to)));
}
