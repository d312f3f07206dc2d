import { scopeOf } from '../dispatch/compose-alert.ts';
import { renderTemplate } from '../dispatch/template.ts';
import type { TemplateScope } from '../dispatch/template.ts';
import type { Alert } from '../model/alert.ts';
import { labelsKey, printLabels } from '../model/labels.ts';
import type { Labels } from '../model/labels.ts';
import type { LevelName } from '../model/rule.ts';
import type { SeriesView } from '../model/series.ts';
import { evaluate } from '../promql/index.ts';
import type { CompiledAlert } from '../rules/compile.ts';
import { trimmed } from './series.ts';
import type { ExpectedAlert, TestFile, UnitTest } from './testFile.ts';

export interface Describing {
  readonly file: Pick<TestFile, 'assets'>;
  readonly test: Pick<UnitTest, 'externalLabels' | 'externalUrl'>;
  readonly view: SeriesView;
  readonly now: number;
}

/** An alert as a test expects it: its level as label `severity`, its annotations rendered. */
export function described(compiled: CompiledAlert, alert: Alert, describing: Describing): ExpectedAlert {
  const { rule } = compiled;
  const scope = { ...ourScope(compiled, alert, describing), ...goScope(compiled, alert, describing) };
  const annotations = Object.entries(rule.annotations).map(([name, text]) => [
    name,
    renderTemplate(text, rule.templates, scope),
  ]);
  return {
    labels: withLevel(rule.alert, alert.labels, alert.level),
    annotations: Object.fromEntries(annotations) as Labels,
    state: alert.state === 'pending' ? 'pending' : 'firing',
  };
}

/** The labels of an alert as routes see them. */
export function withLevel(alert: string, labels: Labels, level: LevelName | null | undefined): Labels {
  return trimmed({ ...labels, ...(level && { severity: level }), alertname: alert });
}

/** One line for each alert, sorted. */
export function alertLines(alerts: readonly ExpectedAlert[], withState: boolean): readonly string[] {
  return alerts
    .map(({ labels, annotations, state }) => {
      const said = Object.keys(annotations).length === 0 ? '' : ` ${printLabels(annotations)}`;
      return `${withState ? `${state} ` : ''}${printLabels(labels)}${said}`;
    })
    .sort();
}

function ourScope({ rule }: CompiledAlert, alert: Alert, { file }: Describing): TemplateScope {
  const { level, value } = alert;
  return scopeOf(rule, { alert, level, value }, { assetOf: (id) => file.assets[id] });
}

/** Prometheus' templates see the very series of the result; once it is gone, what is left of it in the alert. */
function goScope(compiled: CompiledAlert, alert: Alert, { test, view, now }: Describing): Partial<TemplateScope> {
  const { plan, labels: labelled, reading, rule } = compiled;
  const { externalLabels, externalUrl } = test;
  if (rule.templates !== 'go') return {};
  const key = labelsKey(alert.labels);
  const found = evaluate(plan, view, now, reading).find(
    ({ labels, value }) => labelsKey(labelled.labelsOf(labels, value)) === key,
  );
  return { externalLabels, externalUrl, ...(found && { labels: found.labels, value: found.value }) };
}
