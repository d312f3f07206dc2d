import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { writtenIncident } from '../backtest/written.ts';
import { METRICS } from '../model/metric.ts';
import { NAME } from '../model/labels.ts';
import { readConfiguration, type Choices } from './configuration.ts';
import type { Output } from './output.ts';
import { openExisting } from './storeOf.ts';

export interface IncidentChoices extends Choices {
  readonly fromStore?: true;
  readonly from?: string;
  readonly to?: string;
  readonly asset?: string;
  readonly title?: string;
}

const WEEK = 604_800_000;

/** `tocsin incident new NAME --from-store`: makes an incident of what this Tocsin recorded. Returns the exit code. */
export async function newIncident(name: string, choices: IncidentChoices, output: Output): Promise<number> {
  const to = choices.to === undefined ? Date.now() : Date.parse(choices.to);
  const from = choices.from === undefined ? to - WEEK : Date.parse(choices.from);
  const folder = resolve('incidents', name);
  const refused = refusal(name, { from, to, folder });
  if (refused !== undefined) return fail(output, refused);
  const { settings, files: ruleFiles, loadRules } = readConfiguration(choices);
  const opened = await openExisting(settings);
  if (opened === undefined)
    return fail(output, `Found no database at "${settings.data}". Expected one that a worker has written.`);
  try {
    const labels = choices.asset === undefined ? {} : { asset: choices.asset };
    const all = await opened.store.recorded({ from, to, labels });
    const samples = all.filter((sample) => isRead(sample.labels[NAME] ?? ''));
    if (samples.length === 0)
      return fail(output, `Found no sample between ${new Date(from).toISOString()} and ${new Date(to).toISOString()}.`);
    const { rules } = loadRules(ruleFiles, to);
    const title = choices.title ?? `${name}, as recorded`;
    const files = writtenIncident({ name, title, assets: rules.assets, samples, events: {} });
    mkdirSync(folder, { recursive: true });
    for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
    output.stdout.write(
      `Wrote ${samples.length} samples of ${Object.keys(files).length - 1} series to ${folder}. Add events, what is expected and quiet periods to its incident.yaml, then: tocsin backtest --incident ${name}\n`,
    );
    return 0;
  } finally {
    await opened.close();
  }
}

/** Recorded series are worked out again, and Tocsin's own say nothing of the world. */
function isRead(metric: string): boolean {
  return metric in METRICS && metric !== 'asset_info' && !metric.startsWith('tocsin_');
}

function refusal(name: string, { from, to, folder }: { from: number; to: number; folder: string }): string | undefined {
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(name))
    return `Found the name "${name}". Expected a word of letters, digits, -, _ and .`;
  if (existsSync(folder)) return `"${folder}" is there already. Choose another name, or remove it.`;
  if (!(from < to))
    return 'Expected --from and --to as UTC times such as 2023-03-11T03:11:00Z, the first before the second.';
  return undefined;
}

function fail({ stderr }: Output, sentence: string): number {
  stderr.write(`${sentence}\n`);
  return 1;
}
