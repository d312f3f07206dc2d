import { CsvError, readCsv } from '../backtest/csv.ts';
import type { Columns } from '../backtest/csv.ts';
import { medianStep } from '../backtest/incident.ts';
import type { Expectation, Incident, Period } from '../backtest/incident.ts';
import { labelsKey, NAME } from '../model/labels.ts';
import type { Asset } from '../model/rule.ts';
import type { History } from '../replay/history.ts';
import { check } from './check.ts';
import { ConfigError, ConfigErrors } from './error.ts';
import { incidentSchema, type IncidentInput } from './incidentSchema.ts';
import { unknownWord } from './nearest.ts';
import type { Complain } from './ruleFile.ts';
import { YamlFile } from './yamlFile.ts';

export interface IncidentFiles {
  /** Path of `incident.yaml` as shown. */
  readonly file: string;
  readonly text: string;
  /** Content of a file of the incident's folder, unzipped; `undefined` when it is not there. @throws {Error} when it cannot be read */
  readonly read: (file: string) => Uint8Array | undefined;
}

/** A series of one sample, or a constant, is fresh this long: ms. */
const LONE = 86_400_000;
const FOR_EVER = Number.MAX_SAFE_INTEGER;

/** Reads an incident with all its series. @throws {ConfigErrors} with everything that is wrong in any of its files. */
export function readIncident(files: IncidentFiles): Incident {
  const errors: ConfigError[] = [];
  const complain = (error: ConfigError) => void errors.push(error);
  const yaml = new YamlFile(files.file, files.text);
  if (yaml.errors.length > 0) throw new ConfigErrors(yaml.errors);
  const input = check(incidentSchema, { yaml, path: [], value: yaml.toJS() ?? {}, complain });
  if (input === undefined) throw new ConfigErrors(errors);
  const series = readSeries(input, { ...files, yaml, complain });
  const expect = readExpectations(input, yaml, complain);
  const quiet = readQuiet(input, yaml, complain);
  if (errors.length > 0) throw new ConfigErrors(errors);
  const first = Math.min(...series.map(({ times }) => times[0] ?? Infinity));
  const { incident: name, title, summary, events, budget } = input;
  return {
    ...{ name, title, summary, events, expect, quiet },
    assets: assetsOf(input),
    series: [...series, ...constantsOf(input, first)],
    budget: Object.fromEntries(Object.entries(budget).filter(([, most]) => most !== undefined)),
  };
}

interface Reading extends IncidentFiles {
  readonly yaml: YamlFile;
  readonly complain: Complain;
}

function readSeries({ series }: IncidentInput, { yaml, complain, read, file: place }: Reading): readonly History[] {
  const known = new Map<string, number>();
  const rasters = new Rasters();
  return series.flatMap(({ metric, labels, file, max_age: maxAge }, index) => {
    const path = ['series', index];
    const own = { ...labels, [NAME]: metric };
    const twin = known.get(labelsKey(own));
    if (twin !== undefined) complain(yaml.error(path, `the same metric and labels as series ${twin + 1}`));
    known.set(labelsKey(own), index);
    try {
      const bytes = read(file);
      if (bytes === undefined) {
        complain(yaml.error([...path, 'file'], `found no file "${file}"; expected it in the folder of ${place}`));
        return [];
      }
      const columns = readCsv(bytes);
      return [historyOf(own, { ...columns, times: rasters.shared(columns.times) }, maxAge)];
    } catch (error) {
      if (!(error instanceof CsvError)) throw error;
      const at = { file: place.replace(/[^/\\]*$/, file), line: error.line, column: error.column };
      complain(new ConfigError(error.message, at));
      return [];
    }
  });
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

function historyOf(labels: History['labels'], { times, values }: Columns, maxAge?: number): History {
  return { labels, times, values, maxAge: maxAge ?? 3 * (medianStep(times) ?? LONE / 3) };
}

function constantsOf({ constants }: IncidentInput, from: number): readonly History[] {
  return constants.map(({ metric, labels, value }) => ({
    labels: { ...labels, [NAME]: metric },
    maxAge: FOR_EVER,
    times: Float64Array.of(from),
    values: Float64Array.of(value),
  }));
}

function readExpectations({ expect, events }: IncidentInput, yaml: YamlFile, complain: Complain): Expectation[] {
  const names = events.map(({ name }) => name);
  return expect.map((one, index) => {
    if (!names.includes(one.before))
      complain(yaml.error(['expect', index, 'before'], unknownWord('event', one.before, names)));
    return { ...one, position: yaml.position(['expect', index]) };
  });
}

function readQuiet({ quiet }: IncidentInput, yaml: YamlFile, complain: Complain): readonly Period[] {
  for (const [index, { from, to }] of quiet.entries()) {
    if (to <= from) complain(yaml.error(['quiet', index, 'to'], 'a quiet period ends after it begins'));
  }
  return quiet;
}

function assetsOf({ assets }: IncidentInput): Readonly<Record<string, Asset>> {
  return Object.fromEntries(
    Object.entries(assets).map(([id, { name = id, class: kind, issuer, peg, on }]) => [
      id,
      { id, name, ...(kind && { class: kind }), ...(issuer && { issuer }), ...(peg && { peg }), on },
    ]),
  );
}
