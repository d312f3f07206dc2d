import { readIncident } from '../../src/config/readIncident.ts';
import type { Incident } from '../../src/backtest/incident.ts';
import type { RuleGroup } from '../../src/model/rule.ts';
import { rules } from '../config/kinds.ts';

/** An incident from its text and the texts of its series. */
export function incident(text: string, series: Readonly<Record<string, string>> = {}): Incident {
  return readIncident({
    file: 'incidents/test/incident.yaml',
    text,
    read: (file) => (series[file] === undefined ? undefined : Buffer.from(series[file])),
  });
}

/** Groups from the text of a rule file. */
export function groups(text: string): readonly RuleGroup[] {
  return rules(text).rules.groups.filter(({ name }) => name !== 'tocsin');
}

/** A series of one value a minute from 2025-01-01 on; `_` is a missing one. */
export function minutes(values: string): string {
  const start = Date.parse('2025-01-01T00:00:00Z') / 1000;
  const rows = values
    .split(' ')
    .flatMap((value) => {
      const [one = '', times = '1'] = value.split('x');
      return Array.from({ length: Number(times) }, () => one);
    })
    .flatMap((value, index) => (value === '_' ? [] : [`${start + 60 * index},${value}`]));
  return `time,value\n${rows.join('\n')}\n`;
}
