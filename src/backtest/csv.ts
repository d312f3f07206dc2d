import { readPlainRow } from './csvPlain.ts';
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

/** Reads `time,value` rows: ISO 8601 with a zone, or Unix seconds or ms; strictly increasing; a finite value. @throws {CsvError} */
export function readCsv(bytes: Uint8Array): Columns {
  const start = afterHeader(bytes);
  const columns = new Growing(Math.ceil((bytes.length - start) / USUAL_ROW) + 1);
  let at = start;
  let row = 0;
  for (let line = 2; at < bytes.length; line++) {
    const { times, values } = columns.withRoomFor(row);
    const next = readPlainRow(bytes, at, { times, values, row });
    if (next > 0) {
      at = next;
      row++;
      continue;
    }
    let end = bytes.indexOf(NEWLINE, at);
    if (end < 0) end = bytes.length;
    const last = end > at && bytes[end - 1] === RETURN ? end - 1 : end;
    if (last > at) {
      readRow(bytes, { at, last, line }, { times, values, row });
      row++;
    }
    at = end + 1;
  }
  return columns.cut(row);
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

function afterHeader(bytes: Uint8Array): number {
  const end = bytes.indexOf(NEWLINE);
  const header = text(bytes, 0, end < 0 ? bytes.length : end)
    .replace(/^\uFEFF/, '')
    .trim();
  if (header !== HEADER) throw new CsvError(`found "${header}"; expected the header ${HEADER}`, 1, 1);
  return end < 0 ? bytes.length : end + 1;
}

interface Span {
  readonly at: number;
  readonly last: number;
  readonly line: number;
}

function readRow(
  bytes: Uint8Array,
  { at, last, line }: Span,
  { times, values, row }: Columns & { readonly row: number },
): void {
  let comma = at;
  while (comma < last && bytes[comma] !== COMMA) comma++;
  const time = readTime(bytes, at, comma);
  if (Number.isNaN(time))
    throw new CsvError(
      `found "${text(bytes, at, comma)}"; expected a time such as 2023-03-11T03:11:00Z or Unix seconds`,
      line,
      1,
    );
  if (row > 0 && time <= times[row - 1]!)
    throw new CsvError(`found "${text(bytes, at, comma)}"; expected a time later than the row before`, line, 1);
  const value = comma < last ? readValue(bytes, comma + 1, last) : NaN;
  if (!Number.isFinite(value))
    throw new CsvError(`found "${text(bytes, comma + 1, last)}"; expected a number`, line, comma - at + 2);
  times[row] = time;
  values[row] = value;
}

function text(bytes: Uint8Array, from: number, to: number): string {
  return new TextDecoder().decode(bytes.subarray(from, Math.max(from, to)));
}
