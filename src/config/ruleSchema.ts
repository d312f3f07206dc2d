import { z } from 'zod';
import { duration } from '../model/schema.ts';

const NOT_IN_RECORD = 'expected nothing: only an alerting rule has it';

const zeroOrDuration = () => z.union([z.literal(0), duration()]);

/** How often something happens: no clock here is finer than a second. */
const period = () =>
  duration()
    .refine((ms) => ms >= 1_000, { error: 'expected 1s or more' })
    .default(60_000);

/** Prometheus reads any scalar as text here. */
const scalar = () => z.union([z.string(), z.number(), z.boolean()], { error: 'expected a text' }).transform(String);

/** A key that is there and says nothing is not there, as in Prometheus. */
const absent = <T extends z.ZodType>(schema: T) => schema.nullish().transform((value) => value ?? undefined);

const isName = (name: string) => name !== '' && !/\p{Surrogate}/u.test(name);

const labelName = z.string().refine((name) => isName(name) && name !== '__name__', {
  error: 'expected the name of a label: a text that is neither empty nor __name__',
});
const annotationName = z
  .string()
  .refine(isName, { error: 'expected the name of an annotation: a text that is not empty' });
const texts = (name: z.ZodString) =>
  z
    .record(
      name,
      z.union([scalar(), z.null()]).transform((text) => text ?? ''),
    )
    .nullish()
    .transform((value) => value ?? {});
const labels = () => texts(labelName);

/** A group is judged when readings arrive; nothing here is finer than a second, and 0 is the default, as in Prometheus. */
const groupInterval = () =>
  absent(zeroOrDuration()).transform((ms) => (ms === undefined || ms === 0 ? 60_000 : Math.max(1_000, ms)));
const threshold = () =>
  z.union([z.string(), z.number()]).meta({ description: '-0.5%, 50bp, 3.5x, $68M, 3h or a number' });
const word = () =>
  z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, { error: 'expected a word of letters, digits, -, _ and .' });

/** An asset, without its id. */
export const assetSchema = z.strictObject({
  name: z.string().optional().meta({ description: 'for display only' }),
  class: z
    .enum([
      'fiat-stable',
      'crypto-stable',
      'synthetic-stable',
      'yield-stable',
      'vault-share',
      'lst',
      'lrt',
      'rwa',
      'tokenized-equity',
      'wrapped',
      'volatile',
    ])
    .optional(),
  issuer: z.string().optional(),
  peg: z.enum(['usd', 'eur', 'btc', 'eth', 'nav']).optional().meta({ description: 'what one unit should be worth' }),
  on: z
    .record(z.string(), z.string({ error: 'expected an address in quotes' }))
    .default({})
    .meta({ description: 'address by chain, in quotes' }),
});

/** The keys that every kind of source shares; the others are the kind's own. */
export const sourceKeys = {
  kind: z.string(),
  id: word().optional().meta({ description: 'label source; unique' }),
  asset: z.string().optional(),
  chain: z.string().optional(),
  every: period().meta({ description: 'how often it is read' }),
  max_age: duration()
    .optional()
    .meta({ description: 'older is stale; default three times every, or the origin’s own pace' }),
  quorum: z
    .int()
    .min(2)
    .optional()
    .meta({ description: 'so many EVM nodes must give the same answer, or the value is unknown' }),
  at: z
    .enum(['latest', 'safe', 'finalized'])
    .optional()
    .meta({ description: 'which block of an EVM chain is read; default the newest, which a reorganisation may undo' }),
  range: z
    .tuple([z.number().nullable(), z.number().nullable()])
    .optional()
    .meta({ description: '[lowest, highest] believable value; null is no bound' }),
};

export const sourceSchema = z.looseObject(sourceKeys);

export const exposureSchema = z.strictObject({
  holder: z.string(),
  asset: z.string(),
  amount: threshold(),
  via: z.string().optional(),
  as_of: z.iso.date({ error: 'expected a date such as 2025-10-28' }),
});

const level = z.strictObject({
  above: threshold().optional(),
  below: threshold().optional(),
  for: zeroOrDuration().default(0),
  clear: threshold().optional().meta({ description: 'the level is left here; default its threshold' }),
});

export type LevelInput = z.output<typeof level>;

const metricName = scalar().refine(isName, {
  error: 'expected a metric name: a text that is not empty',
});

export const missing = () =>
  z
    .enum(['hold', 'drop'])
    .meta({ description: 'hold: any stale input makes it unknown; drop: judge by what is fresh' });

const recordShape = z.strictObject({
  record: metricName,
  expr: scalar(),
  missing: missing().optional(),
  labels: labels(),
});

const zero = () => absent(zeroOrDuration().refine((ms) => ms === 0, { error: NOT_IN_RECORD }));
const NOT_BOTH = 'expected "record" or "alert", not both';

/** What Prometheus allows to stand there is allowed as long as it says nothing. */
export const recordSchema = recordShape
  .extend({
    alert: absent(z.literal('', { error: NOT_BOTH })),
    for: zero(),
    keep_firing_for: zero(),
    annotations: absent(z.strictObject({}, { error: NOT_IN_RECORD })),
  })
  .transform(({ record, expr, missing: reading, labels: own }) => ({ record, expr, missing: reading, labels: own }));

export const levelsSchema = z.strictObject({
  info: level.optional(),
  warning: level.optional(),
  critical: level.optional(),
});

export const keepFiringFor = () => zeroOrDuration();

const DISABLED = 'expected { until: 2025-12-01, reason: why, by: who }';

const alertShape = z.strictObject({
  alert: scalar().pipe(z.string().min(1)),
  expr: scalar(),
  levels: levelsSchema.optional().meta({ description: 'the expression is the value, levels judge it' }),
  for: absent(zeroOrDuration()),
  keep_firing_for: absent(keepFiringFor()).transform((ms) => ms ?? 0),
  step: threshold().optional().meta({ description: 'told anew each time the value is worse by another one of these' }),
  missing: missing().default('hold'),
  labels: labels(),
  annotations: texts(annotationName),
  disabled: z
    .strictObject(
      {
        until: z.union([z.iso.date(), z.iso.datetime({ offset: true })], {
          error: 'expected a date such as 2025-12-01 or 2025-12-01T09:00:00Z',
        }),
        reason: z.string().min(1),
        by: z.string().min(1),
      },
      { error: (issue) => (issue.code === 'invalid_type' ? DISABLED : undefined) },
    )
    .optional()
    .meta({ description: 'the only way to switch a rule off' }),
});

export const alertSchema = alertShape.extend({ record: absent(z.literal('', { error: NOT_BOTH })) });

/** A rule whose expression, and whatever else it does not write, comes from a kind. */
export const kindRuleSchema = alertShape.omit({ expr: true, for: true }).extend({
  kind: z.string().meta({ description: 'a kind of rule, see docs/kinds.md' }),
  with: z.record(z.string(), z.unknown()).default({}).meta({ description: "the kind's parameters" }),
  keep_firing_for: keepFiringFor().optional(),
  missing: missing().optional(),
});

type Alert = Omit<z.output<typeof alertSchema>, 'record' | 'for'>;

/** A rule of a kind has no `for` of its own. */
export interface AlertInput extends Alert {
  readonly for?: number | undefined;
}

const groupKeys = {
  name: scalar().pipe(z.string().min(1)),
  interval: groupInterval().meta({ description: 'how often it is judged when no reading arrives; default 1m' }),
  labels: labels(),
  limit: absent(
    z
      .number()
      .gt(-(2 ** 63))
      .lt(2 ** 63),
  ),
  query_offset: absent(duration()),
};

/** An entry that is empty says nothing, as in Prometheus. */
const list = () =>
  z
    .array(z.unknown())
    .nullish()
    .transform((items) => items ?? []);

/** A group whose rules are checked one by one. */
export const groupSchema = z.strictObject({ ...groupKeys, rules: list() });

/** A rule file whose entries are checked one by one, so that one mistake hides no other. */
export const sectionsSchema = z.strictObject({
  assets: z.record(word(), z.unknown()).nullish(),
  sources: z.array(z.unknown()).nullish(),
  exposures: z.array(z.unknown()).nullish(),
  groups: z.array(z.unknown()).nullish(),
});

/** The same file as a whole, for editors; `sources` has one shape per kind. */
export const ruleFileSchema = (source: z.ZodType) =>
  z.strictObject({
    assets: z.record(z.string(), assetSchema).optional(),
    sources: z.array(source).optional(),
    exposures: z.array(exposureSchema).optional(),
    groups: z
      .array(
        z.strictObject({
          ...groupKeys,
          rules: z.array(z.union([recordShape, alertShape, kindRuleSchema])).default([]),
        }),
      )
      .optional(),
  });
