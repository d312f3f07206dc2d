import { z } from 'zod';
import { parseDuration } from '../model/duration.ts';
import { METRICS } from '../model/metric.ts';
import { LEVELS } from '../model/rule.ts';
import { duration } from '../model/schema.ts';
import { assetSchema } from './ruleSchema.ts';

const word = () =>
  z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, { error: 'expected a word of letters, digits, -, _ and .' });

const NOT_A_TIME = 'expected a UTC time such as 2023-03-11T03:11:00Z, or a date';

const time = () =>
  z.string({ error: NOT_A_TIME }).transform((text, context) => {
    const ms = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(text) ? Date.parse(text) : NaN;
    if (!Number.isNaN(ms)) return ms;
    context.addIssue({ code: 'custom', message: NOT_A_TIME });
    return z.NEVER;
  });

const NOT_A_LEAD = 'expected a lead such as ">= 1h", or ">= -15m" for at most a quarter of an hour after the event';

const lead = () =>
  z.string({ error: NOT_A_LEAD }).transform((text, context) => {
    const [, minus, length = ''] = /^\s*(?:>=)?\s*(-?)\s*([\w ]+?)\s*$/.exec(text) ?? [];
    const ms = length === '' ? undefined : parseDuration(length.replaceAll(' ', ''));
    if (ms !== undefined) return minus === '-' ? -ms : ms;
    context.addIssue({ code: 'custom', message: NOT_A_LEAD });
    return z.NEVER;
  });

const metric = () =>
  z.enum(Object.keys(METRICS) as [keyof typeof METRICS], { error: 'expected a metric of docs/metrics.md' });

const scalar = () => z.union([z.string(), z.number(), z.boolean()]).transform(String);
const labels = () => z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), scalar()).default({});
const origin = {
  source: z.string().optional().meta({ description: 'where the figures are from' }),
  licence: z.string().optional().meta({ description: 'under what they may be passed on' }),
};

export const incidentSchema = z.strictObject({
  incident: word().meta({ description: 'its name' }),
  title: z.string().min(1),
  summary: z.string().optional(),
  coarse: z
    .boolean()
    .optional()
    .meta({ description: 'true for a sequence of published figures rather than recorded series' }),
  assets: z.record(z.string(), assetSchema).default({}).meta({ description: 'classes select the default packs' }),
  series: z
    .array(
      z.strictObject({
        metric: metric(),
        labels: labels(),
        file: z.string().min(1).meta({ description: 'CSV or gzip CSV with the columns time,value, from this folder' }),
        max_age: duration().optional().meta({ description: 'older is stale; default three times the median step' }),
        ...origin,
      }),
    )
    .min(1),
  constants: z
    .array(z.strictObject({ metric: metric(), labels: labels(), value: z.number(), ...origin }))
    .default([])
    .meta({ description: 'figures that hold all the time' }),
  events: z.array(z.strictObject({ name: z.string().min(1), at: time(), source: z.string().optional() })).default([]),
  expect: z
    .array(
      z.strictObject({
        alert: z.string().optional().meta({ description: 'name of the rule; any when left out' }),
        level: z.enum(LEVELS).optional().meta({ description: 'at least this level; any when left out' }),
        labels: labels(),
        before: z.string().meta({ description: 'name of an event' }),
        lead: lead().default(0).meta({ description: '">= 1h" before the event, or ">= -15m" after it' }),
      }),
    )
    .default([])
    .meta({ description: 'what must be caught, and how early' }),
  quiet: z
    .array(z.strictObject({ from: time(), to: time() }))
    .default([])
    .meta({ description: 'when nothing was wrong; an alert that starts there is a false alarm' }),
  budget: z
    .strictObject(
      Object.fromEntries(LEVELS.map((level) => [level, z.number().int().min(0).optional()])) as Record<
        (typeof LEVELS)[number],
        z.ZodOptional<z.ZodNumber>
      >,
    )
    .default({})
    .meta({ description: 'most false alarms in the quiet periods, by level' }),
  sources: z
    .array(
      z.union([
        z.string(),
        z.strictObject({ name: z.string(), url: z.string().optional(), licence: z.string().optional() }),
      ]),
    )
    .default([]),
  licence: z.string().optional(),
});

export type IncidentInput = z.output<typeof incidentSchema>;
