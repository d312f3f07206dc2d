import { labelsKey } from '../model/labels.ts';
import type { CompiledAlert, CompiledRecord } from '../rules/compile.ts';
import type { Check, Problem } from './finding.ts';

/** Two rules that say the same thing by name: Prometheus accepts them, and means neither of them alone. */
export const duplicateRule: Check = {
  id: 'duplicate-rule',
  severity: 'warning',
  run: ({ alerts, records }) => [...alerts.flatMap(inAlert), ...inRecords(records)],
};

function inAlert({ rule }: CompiledAlert): readonly Problem[] {
  if (rule.merged === undefined) return [];
  const places = rule.merged.map(({ file, line }) => `${file}:${line}`).join(', ');
  const message = `"${rule.alert}" with the same labels stands at ${places} too, so both speak of the same alert. They are judged as one rule, by either expression and with this one's "for" and annotations. Give one another name or another label.`;
  return [{ at: { rule }, path: ['alert'], message }];
}

function inRecords(records: readonly CompiledRecord[]): readonly Problem[] {
  const first = new Map<string, CompiledRecord>();
  return records.flatMap((record): readonly Problem[] => {
    const { rule } = record;
    const key = `${rule.record}\n${labelsKey(rule.labels)}\n${rule.expr}`;
    const before = first.get(key);
    if (before === undefined) first.set(key, record);
    if (before === undefined) return [];
    const { file, line } = before.rule.position;
    const message = `"${rule.record}" with the same labels and expression is recorded at ${file}:${line} already; this one only costs time. Remove one.`;
    return [{ at: { rule }, path: ['record'], message }];
  });
}
