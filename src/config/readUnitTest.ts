import { PromqlError } from '../promql/index.ts';
import { readLabels, readValues } from '../unittest/series.ts';
import type { AlertTest, ExpressionTest, InputSeries, NotificationTest, UnitTest } from '../unittest/testFile.ts';
import type { Complain } from './ruleFile.ts';
import type { UnitTestInput } from './unitTestSchema.ts';
import type { Path, YamlFile } from './yamlFile.ts';

interface Place {
  readonly yaml: YamlFile;
  readonly path: Path;
  /** ms, for a test that says none. */
  readonly interval: number;
  readonly complain: Complain;
}

/** Rules are judged at every interval up to the last instant that is asked about: half a million take some seconds. */
const MOST_EVALUATIONS = 5_000_000;

/** Reads one test; complains of series that cannot be read, and of instants too far away. */
export function readUnitTest(test: UnitTestInput, place: Place): UnitTest {
  const interval = test.interval ?? place.interval;
  for (const section of ['alert_rule_test', 'promql_expr_test', 'notifications_test'] as const)
    for (const [index, { eval_time: at }] of test[section].entries()) bound(at, [section, index, 'eval_time'], place);
  return {
    position: place.yaml.position(place.path),
    name: test.name,
    interval,
    maxAge: test.max_age ?? 3 * interval,
    series: readSeries(test, place),
    externalLabels: test.external_labels,
    externalUrl: test.external_url,
    fuzzy: test.fuzzy_compare ?? false,
    alerts: readAlerts(test, place),
    expressions: readExpressions(test, place),
    notifications: readNotifications(test, place),
  };
}

function bound(at: number, inside: Path, { yaml, path, interval, complain }: Place): void {
  const count = Math.floor(at / interval);
  if (count <= MOST_EVALUATIONS) return;
  const message = `this is ${count} times the evaluation_interval away; expected at most ${MOST_EVALUATIONS} evaluations`;
  complain(yaml.error([...path, ...inside], message));
}

function readSeries({ input_series: all }: UnitTestInput, place: Place): readonly InputSeries[] {
  return all.map(({ series, values }, index) => ({
    labels: attempt(place, ['input_series', index, 'series'], () => readLabels(series)) ?? {},
    values: attempt(place, ['input_series', index, 'values'], () => readValues(values)) ?? [],
  }));
}

function readAlerts({ alert_rule_test: all }: UnitTestInput, { yaml, path }: Place): readonly AlertTest[] {
  return all.map(({ eval_time: at, alertname, exp_alerts: expected }, index) => ({
    position: yaml.position([...path, 'alert_rule_test', index]),
    at,
    alert: alertname,
    expected: expected.map(({ exp_labels: labels, exp_annotations: annotations, state, level }) => ({
      labels,
      annotations,
      state,
      level,
    })),
  }));
}

function readExpressions({ promql_expr_test: all }: UnitTestInput, place: Place): readonly ExpressionTest[] {
  return all.map(({ eval_time: at, expr, exp_samples: expected }, index) => ({
    position: place.yaml.position([...place.path, 'promql_expr_test', index]),
    at,
    expr,
    expected: expected.map(({ labels, value }, sample) => {
      const inside = ['promql_expr_test', index, 'exp_samples', sample, 'labels'];
      return { labels: attempt(place, inside, () => readLabels(labels || '{}')) ?? {}, value };
    }),
  }));
}

function readNotifications(
  { notifications_test: all }: UnitTestInput,
  { yaml, path }: Place,
): readonly NotificationTest[] {
  return all.map(({ eval_time: at, receiver, exp_notifications: expected }, index) => ({
    position: yaml.position([...path, 'notifications_test', index]),
    at,
    receiver,
    expected: expected.map(({ alertname, ...one }) => ({ ...one, alert: alertname })),
  }));
}

function attempt<T>({ yaml, path, complain }: Place, inside: Path, read: () => T): T | undefined {
  const at = [...path, ...inside];
  try {
    return read();
  } catch (error) {
    if (error instanceof PromqlError) complain(yaml.errorInside(at, [error.from, error.to], error.message));
    else if (error instanceof Error) complain(yaml.error(at, error.message));
    return undefined;
  }
}
