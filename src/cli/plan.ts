import { diffRuleSets, type Change, type Changed, type Lost } from '../checks/diff.ts';
import { ConfigErrors } from '../config/error.ts';
import type { Alert } from '../model/alert.ts';
import type { RuleSet } from '../model/config.ts';
import { printLabels } from '../model/labels.ts';
import type { Store } from '../model/store.ts';
import { readConfiguration, type Choices, type Configuration } from './configuration.ts';
import { openExisting } from './storeOf.ts';
import type { Output } from './output.ts';

const SIGNS: Readonly<Record<Change, string>> = { add: '+', change: '~', reset: '!', remove: '-' };

/** `tocsin plan`: what a reload of the rule files would change. Changes nothing. @throws {ConfigErrors} when they are not valid. */
export async function plan(choices: Choices, output: Output): Promise<number> {
  const configuration = readConfiguration(choices);
  const { rules: after } = configuration.loadRules(configuration.files, Date.now());
  const opened = await openExisting(configuration.settings);
  if (opened === undefined) {
    output.stdout.write(`No worker has run on "${configuration.settings.data}", so everything would be new.\n`);
    return 0;
  }
  try {
    const { store } = opened;
    const before = await acceptedRules(store, configuration, output);
    if (before === undefined) return 0;
    const { changes, lost } = diffRuleSets(before, after);
    const ends = await endingAlerts(store, lost);
    output.stdout.write(`${[...changes.map(line), ...ends.map(ending), summary(changes, ends)].join('\n')}\n`);
    return 0;
  } finally {
    await opened.close();
  }
}

/** The set that runs, or ran last; `undefined` when that cannot be said, with the reason printed. */
async function acceptedRules(store: Store, { loadRules }: Configuration, output: Output): Promise<RuleSet | undefined> {
  const files = await store.acceptedRules();
  if (files === undefined) {
    output.stdout.write('No rules were ever accepted here, so everything would be new.\n');
    return undefined;
  }
  try {
    return loadRules(files, Date.now()).rules;
  } catch (error) {
    if (!(error instanceof ConfigErrors)) throw error;
    output.stdout.write(`The accepted rules do not fit tocsin.yaml any more:\n${error.message}\n`);
    return undefined;
  }
}

/** Alerts that are pending or firing and would end as removed. */
async function endingAlerts(store: Store, lost: readonly Lost[]): Promise<readonly Alert[]> {
  const alerts = await store.alerts([...new Set(lost.map(({ alert }) => alert))]);
  return alerts.filter(
    ({ rule, labels, state }) =>
      state !== 'inactive' &&
      lost.some(
        (one) => one.alert === rule && Object.entries(one.labels).every(([name, value]) => labels[name] === value),
      ),
  );
}

function line({ what, change, name, because }: Changed): string {
  return `${SIGNS[change]} ${change.padEnd(6)} ${what} ${name}${because === undefined ? '' : `: ${because}`}`;
}

function ending({ rule, labels, state, level }: Alert): string {
  return `! ${state}${level === null ? '' : ` ${level}`} ${rule}${printLabels(labels)} would end as removed`;
}

function summary(changes: readonly Changed[], ends: readonly Alert[]): string {
  if (changes.length === 0) return 'Nothing would change.';
  const count = (wanted: Change) => changes.filter(({ change }) => change === wanted).length;
  const counts = `${count('add')} to add, ${count('change')} to change, ${count('reset')} to reset, ${count('remove')} to remove`;
  return `${counts}; ${ends.length} ${ends.length === 1 ? 'alert' : 'alerts'} would end as removed.`;
}
