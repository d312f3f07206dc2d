import type { InhibitRule, ReceiverConfig, Route } from '../model/config.ts';
import { readAlertmanager } from './alertmanager/readAlertmanager.ts';
import type { ConfigError } from './error.ts';
import type { NotifierKinds } from './kinds.ts';
import { readInhibitRules } from './matching.ts';
import type { Lookup } from './references.ts';
import { defaultRoute, resolveRoute } from './route.ts';
import type { SettingsInput } from './settingsSchema.ts';
import { readTimeIntervals } from './timeIntervals.ts';
import type { YamlFile } from './yamlFile.ts';

export interface Routing {
  readonly route: Route;
  readonly inhibit: readonly InhibitRule[];
  /** Those of an Alertmanager file. */
  readonly receivers: readonly ReceiverConfig[];
}

interface Reading extends Lookup {
  readonly yaml: YamlFile;
  readonly notifiers: NotifierKinds;
  readonly complain: (error: ConfigError) => void;
  readonly warn: (error: ConfigError) => void;
  /** Names of receivers: as written in `tocsin.yaml`, and with those that are built in. */
  readonly written: readonly string[];
  readonly known: readonly string[];
  /** Who is told when no route says it. */
  readonly everyone: readonly string[];
}

/** Who is told, as `tocsin.yaml` says it or the Alertmanager file that it names. */
export function readRouting(settings: SettingsInput, reading: Reading): Routing {
  const { yaml, complain } = reading;
  if (settings.alertmanager !== undefined) return readFile(settings.alertmanager, reading);
  const top = defaultRoute(reading.everyone);
  const times = readTimeIntervals(settings.time_intervals, 'time_intervals', reading);
  const checked = { yaml, complain, times, receivers: [...new Set([...reading.written, ...reading.known])] };
  return {
    route: settings.route === undefined ? top : resolveRoute(settings.route, top, ['route'], checked),
    inhibit: readInhibitRules(settings.inhibit_rules, reading),
    receivers: [],
  };
}

const SAID_THERE = ['route', 'inhibit_rules', 'time_intervals'];

function readFile(file: string, reading: Reading): Routing {
  const { yaml, complain, written, known } = reading;
  for (const key of SAID_THERE)
    if (yaml.document.has(key))
      complain(yaml.errorAtKey([key], `"${key}" stands in "${file}"; write it there, or take alertmanager: out`));
  const nobody = { route: defaultRoute([]), inhibit: [], receivers: [] };
  try {
    const text = reading.readFile(file);
    return (
      readAlertmanager({ ...reading, file, text, own: written, known: [...new Set([...written, ...known])] }) ?? nobody
    );
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    complain(yaml.error(['alertmanager'], `the file "${file}" cannot be read; expected an alertmanager.yml`));
    return nobody;
  }
}
