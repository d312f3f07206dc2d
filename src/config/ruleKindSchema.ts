import { z } from 'zod';
import { keepFiringFor, levelsSchema, missing } from './ruleSchema.ts';

/** What a parameter of a kind may be; closed, so that every value is printed by a rule of its own. */
export const PARAMETER_TYPES = [
  'asset',
  'issuer',
  'label',
  'selector',
  'metric',
  'duration',
  'ratio',
  'money',
  'multiple',
  'number',
] as const;

export type ParameterType = (typeof PARAMETER_TYPES)[number];

const text = () => z.string().min(1);
const name = z.string().regex(/^[a-z][a-z0-9_]*$/, { error: 'expected a name of small letters, digits and _' });

const parameterSchema = z.strictObject({
  type: z.enum(PARAMETER_TYPES),
  about: text(),
  default: z.union([z.string(), z.number()]).optional().meta({ description: 'without one a rule must write it' }),
});

/** A kind of rule: a file of its own. */
export const kindSchema = z.strictObject({
  kind: name.meta({ description: 'what rules write as their kind; unique' }),
  title: text(),
  says: text().meta({ description: 'the sentence an alert reads as: a Liquid template, the default summary' }),
  timing: z
    .enum(['leading', 'lagging'])
    .meta({ description: 'leading: speaks before money is lost; lagging: measures it' }),
  because: text().meta({ description: 'why it leads or lags, in a sentence' }),
  blind: z.array(text()).min(1).meta({ description: 'what it cannot see' }),
  origin: text().meta({ description: 'where the formula and the thresholds come from' }),
  parameters: z.record(name, parameterSchema).default({}),
  expr: text().meta({ description: 'PromQL; ${name} is replaced by the value of the parameter' }),
  unit: z.enum(['ratio', 'usd', 'seconds', 'none']).meta({ description: 'of the value of expr' }),
  levels: levelsSchema.meta({ description: 'unless the rule writes its own' }),
  keep_firing_for: keepFiringFor().default(0),
  missing: missing().default('hold'),
  runbook: text(),
});

export type KindInput = z.output<typeof kindSchema>;
export type Parameter = KindInput['parameters'][string];
