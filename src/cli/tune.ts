import { tune as sweep } from '../backtest/tune.ts';
import type { Trial } from '../backtest/tune.ts';
import { unknownWord } from '../config/nearest.ts';
import { roughDuration } from '../model/duration.ts';
import { groupsFor, NoRules } from './backtestRules.ts';
import { incidentFolders, NoIncident, openIncident } from './incidentFiles.ts';
import type { Output } from './output.ts';

export interface TuneChoices {
  readonly incident?: readonly string[];
  readonly rules?: readonly string[];
  readonly all?: true;
}

/** `tocsin tune RULE`: prints what other thresholds and waiting times would have caught and cost. Edits no file. */
export function tune(rule: string, choices: TuneChoices, cwd: string, output: Output): number {
  try {
    const judged = incidentFolders(choices.incident ?? [], cwd).map((folder) => {
      const incident = openIncident(folder, cwd);
      return { incident, groups: groupsFor(incident, { cwd, places: choices.rules ?? [] }) };
    });
    const alerts = judged.flatMap(({ groups }) =>
      groups.flatMap(({ rules }) => rules.flatMap((one) => ('alert' in one ? [one.alert] : []))),
    );
    if (!alerts.includes(rule)) {
      output.stderr.write(`${unknownWord('alert', rule, new Set(alerts)).replace('u', 'U')}\n`);
      return 1;
    }
    output.stdout.write(print(sweep(rule, judged), choices.all === true));
    return 0;
  } catch (error) {
    if (!(error instanceof NoIncident || error instanceof NoRules)) throw error;
    output.stderr.write(`${error.message}\n`);
    return 1;
  }
}

const HEAD = '   caught  median lead  false alarms in 30 quiet days   levels\n';

function print(trials: readonly Trial[], all: boolean): string {
  const shown = trials.filter(
    ({ isOnFrontier, threshold, wait }) => all || isOnFrontier || isWritten({ threshold, wait }),
  );
  const sorted = shown.toSorted((a, b) => a.criticals - b.criticals || a.warnings - b.warnings || b.caught - a.caught);
  return `${HEAD}${sorted.map(line).join('')}* is the rule as it is written; what is not printed is worse in every way than something that is.\n`;
}

function line({ threshold, wait, levels, caught, lead, warnings, criticals }: Trial): string {
  const cost = `${warnings.toFixed(2)} warning, ${criticals.toFixed(2)} critical`;
  const early = lead === undefined ? '-' : roughDuration(lead);
  return ` ${isWritten({ threshold, wait }) ? '*' : ' '} ${String(caught).padEnd(7)} ${early.padEnd(12)} ${cost.padEnd(31)} ${levels}\n`;
}

function isWritten({ threshold, wait }: Pick<Trial, 'threshold' | 'wait'>): boolean {
  return threshold === 1 && wait === 1;
}
