import { CsvError, readCsv } from '../backtest/csv.ts';
import type { Columns } from '../backtest/csv.ts';
import { medianStep } from '../backtest/incident.ts';
import { labelsKey, NAME } from '../model/labels.ts';
import type { History } from '../replay/history.ts';
import { ConfigError } from './error.ts';
import type { IncidentInput } from './incidentSchema.ts';
import type { Complain } from './ruleFile.ts';
import type { YamlFile } from './yamlFile.ts';

interface Reading {
  /** Path of `incident.yaml` as shown. */
  readonly file: string;
  readonly yaml: YamlFile;
  readonly complain: Complain;
  /** Content of a file of the incident's folder, unzipped. @throws {CsvError} when it cannot be unzipped */
  readonly read: (file: string) => Uint8Array | undefined;
}

/** A series of one sample is fresh this long: ms. */
const LONE = 86_400_000;

/** Reads the recorded series of an incident; files that follow one another in time may be one series. */
export function readSeries({ series }: IncidentInput, reading: Reading): readonly History[] {
  const found = new Map<string, { readonly history: History; readonly number: number }>();
  const rasters = new Rasters();
  for (const [index, { metric, labels, file, max_age: maxAge }] of series.entries()) {
    const columns = readFile(file, index, reading);
    if (columns === undefined) continue;
    const own = { ...labels, [NAME]: metric };
    const history = historyOf(own, { ...columns, times: rasters.shared(columns.times) }, maxAge);
    const twin = found.get(labelsKey(own));
    const whole = twin === undefined ? history : join(twin.history, history);
    if (whole !== undefined) found.set(labelsKey(own), { history: whole, number: twin?.number ?? index + 1 });
    else
      reading.complain(
        reading.yaml.error(
          ['series', index],
          `the same metric and labels as series ${twin!.number}, at the same time; give one of them a label of its own, such as venue`,
        ),
      );
  }
  return [...found.values()].map(({ history }) => history);
}

function readFile(file: string, index: number, { file: place, yaml, complain, read }: Reading): Columns | undefined {
  try {
    const bytes = read(file);
    if (bytes !== undefined) return readCsv(bytes);
    complain(yaml.error(['series', index, 'file'], `found no file "${file}"; expected it in the folder of ${place}`));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const at = { file: place.replace(/[^/\\]*$/, file), line: error.line, column: error.column };
    complain(new ConfigError(error.message, at));
  }
  return undefined;
}

function historyOf(labels: History['labels'], { times, values }: Columns, maxAge?: number): History {
  return { labels, times, values, maxAge: maxAge ?? 3 * (medianStep(times) ?? LONE / 3) };
}

/** Two parts of one series, whichever is the earlier; nothing when they are of the same time. */
function join(a: History, b: History): History | undefined {
  const [first, second] = a.times[0]! < b.times[0]! ? [a, b] : [b, a];
  if (first.times.at(-1)! >= second.times[0]!) return undefined;
  return {
    labels: a.labels,
    maxAge: Math.max(a.maxAge, b.maxAge),
    times: joined(first.times, second.times),
    values: joined(first.values, second.values),
  };
}

function joined(first: Float64Array, second: Float64Array): Float64Array<ArrayBuffer> {
  const both = new Float64Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

/** Series that were read at the same instants share one column of times, which is half of their memory. */
class Rasters {
  readonly #known: Float64Array<ArrayBuffer>[] = [];

  shared(times: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
    const twin = this.#known.find((known) => isSame(known, times));
    if (twin === undefined) this.#known.push(times);
    return twin ?? times;
  }
}

function isSame(a: Float64Array, b: Float64Array): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}
