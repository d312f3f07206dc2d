import type { Expectation, Incident, Period } from '../backtest/incident.ts';
import { NAME } from '../model/labels.ts';
import type { Asset } from '../model/rule.ts';
import type { History } from '../replay/history.ts';
import { check } from './check.ts';
import { ConfigErrors } from './error.ts';
import type { ConfigError } from './error.ts';
import { incidentSchema, type IncidentInput } from './incidentSchema.ts';
import { readSeries } from './incidentSeries.ts';
import { unknownWord } from './nearest.ts';
import type { Complain } from './ruleFile.ts';
import { YamlFile } from './yamlFile.ts';

export interface IncidentFiles {
  /** Path of `incident.yaml` as shown. */
  readonly file: string;
  readonly text: string;
  /** Content of a file of the incident's folder, unzipped; `undefined` when it is not there. @throws {CsvError} when it cannot be unzipped */
  readonly read: (file: string) => Uint8Array | undefined;
}

/** How long a constant is fresh, ms. */
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
