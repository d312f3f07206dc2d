import { z } from 'zod';
import { LEVELS } from '../model/rule.ts';
import { duration } from '../model/schema.ts';

const scalar = () => z.union([z.string(), z.number(), z.boolean(), z.null()]).transform((value) => String(value ?? ''));
const labels = () =>
  z
    .record(z.string(), scalar())
    .nullish()
    .transform((value) => value ?? {});
const list = <T extends z.ZodType>(item: T) =>
  z
    .array(item)
    .nullish()
    .transform((items) => items ?? []);
const level = () =>
  z.enum(LEVELS).optional().meta({ description: 'of a rule with levels; stands for its label severity' });
const time = () => z.union([z.literal(0), duration()]).default(0);
const number = z.custom<number>((value) => typeof value === 'number', { error: 'expected a number, .nan or .inf' });

const inputSeries = z.strictObject({
  series: z.string().meta({ description: 'up{job="node"}' }),
  values: scalar().meta({
    description: '1+2x3 is 1 3 5 7, 1x3 is 1 1 1 1, _ is missing, _x3 three missing, stale ends the series',
  }),
});

const expectedAlert = z.strictObject({
  exp_labels: labels(),
  exp_annotations: labels(),
  state: z
    .enum(['pending', 'firing'])
    .default('firing')
    .meta({ description: 'pending ones are compared where one is expected' }),
  level: level(),
});

const alertTest = z.strictObject({
  eval_time: time(),
  alertname: z.string().min(1),
  exp_alerts: list(expectedAlert),
});

const expressionTest = z.strictObject({
  expr: scalar(),
  eval_time: time(),
  exp_samples: list(z.strictObject({ labels: scalar().default(''), value: number.default(0) })),
});

const notificationTest = z.strictObject({
  eval_time: time(),
  receiver: z.string().default('default'),
  exp_notifications: list(
    z.strictObject({
      alertname: z.string(),
      labels: labels(),
      level: level(),
      changes: z
        .array(z.string())
        .default([])
        .meta({ description: 'firing, warning → critical, resolved; none is a reminder' }),
    }),
  ),
});

const unitTest = z.strictObject({
  name: scalar().optional(),
  interval: duration().optional().meta({ description: 'between two values of a series' }),
  max_age: duration().optional().meta({ description: 'older is stale; default three times interval' }),
  fuzzy_compare: z.boolean().optional(),
  input_series: list(inputSeries),
  external_labels: labels(),
  external_url: z.string().default(''),
  alert_rule_test: list(alertTest),
  promql_expr_test: list(expressionTest),
  notifications_test: list(notificationTest),
});

export type UnitTestInput = z.output<typeof unitTest>;

/** A file of unit tests as promtool reads it; `groups` and `assets` may stand in it instead of in a rule file. */
export const unitTestFileSchema = z.strictObject({
  rule_files: list(z.string()).meta({ description: 'files or globs, from the folder of this file' }),
  evaluation_interval: duration().default(60_000),
  group_eval_order: list(z.string()),
  fuzzy_compare: z.boolean().optional(),
  tests: list(unitTest),
  assets: z.unknown().optional(),
  groups: z.unknown().optional(),
});
