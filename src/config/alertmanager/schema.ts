import { z } from 'zod';
import { duration } from '../../model/schema.ts';
import { inhibitSchema, routeSchema, timeIntervalSchema } from '../routingSchema.ts';

const scalar = () => z.union([z.string(), z.number(), z.boolean()]).transform(String);

/** Settings that receivers fall back to; what else may stand there is looked at one by one. */
const globals = z.looseObject({ resolve_timeout: duration().optional() });

const receiverSchema = z.looseObject({ name: scalar().pipe(z.string().min(1)) });

/** The shape of an `alertmanager.yml`; receivers are checked by what they are. */
export const fileSchema = z.strictObject({
  global: globals.nullish().transform((value) => value ?? {}),
  templates: z.array(scalar()).nullish(),
  route: routeSchema,
  receivers: z
    .array(receiverSchema)
    .nullish()
    .transform((value) => value ?? []),
  inhibit_rules: z
    .array(inhibitSchema)
    .nullish()
    .transform((value) => value ?? []),
  time_intervals: z
    .array(timeIntervalSchema)
    .nullish()
    .transform((value) => value ?? []),
  mute_time_intervals: z
    .array(timeIntervalSchema)
    .nullish()
    .transform((value) => value ?? []),
});

export type FileInput = z.output<typeof fileSchema>;
