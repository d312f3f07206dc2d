import { z } from 'zod';
import { duration } from '../model/schema.ts';

const names = () => z.array(z.string());
/** Numbers and the like are texts here, as in Alertmanager. */
const pairs = () => z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String));

const escalation = z.strictObject({
  after: duration().meta({ description: 'since it fired' }),
  receiver: z.string().optional(),
  receivers: names().min(1).optional(),
});

const receivers = {
  receiver: z.string().optional().meta({ description: 'the one receiver' }),
  receivers: names().min(1).optional(),
};

const matching = {
  matchers: names().optional().meta({ description: 'all must match, as in severity="critical"' }),
  match: pairs().optional().meta({ description: 'label: value, as older Alertmanager files have it' }),
  match_re: pairs().optional().meta({ description: 'label: pattern, as older Alertmanager files have it' }),
};

const timers = {
  group_by: names()
    .optional()
    .meta({ description: 'labels; alerts that agree on them are one message. ... is every label' }),
  group_wait: duration().optional(),
  group_interval: duration().optional(),
  repeat_interval: duration().optional(),
};

/** A node of the routing tree, with Alertmanager's keys. */
export interface RouteInput {
  readonly receiver?: string | undefined;
  readonly receivers?: readonly string[] | undefined;
  readonly matchers?: readonly string[] | undefined;
  readonly match?: Readonly<Record<string, string>> | undefined;
  readonly match_re?: Readonly<Record<string, string>> | undefined;
  readonly continue?: boolean | undefined;
  readonly routes?: readonly RouteInput[] | undefined;
  readonly group_by?: readonly string[] | undefined;
  readonly group_wait?: number | undefined;
  readonly group_interval?: number | undefined;
  readonly repeat_interval?: number | undefined;
  readonly mute_time_intervals?: readonly string[] | undefined;
  readonly active_time_intervals?: readonly string[] | undefined;
  readonly escalate?: readonly z.output<typeof escalation>[] | undefined;
}

export const routeSchema: z.ZodType<RouteInput> = z
  .strictObject({
    ...receivers,
    ...matching,
    continue: z.boolean().optional().meta({ description: 'also try the routes that follow' }),
    get routes() {
      return z.array(routeSchema).optional();
    },
    ...timers,
    mute_time_intervals: names().optional().meta({ description: 'nobody is told during these' }),
    active_time_intervals: names().optional().meta({ description: 'nobody is told outside of these' }),
    escalate: z.array(escalation).optional().meta({ description: 'who else is told while nobody acknowledges' }),
  })
  .meta({ id: 'route', description: 'who is told about which alerts' });

export const inhibitSchema = z
  .strictObject({
    source_matchers: names().optional(),
    source_match: pairs().optional(),
    source_match_re: pairs().optional(),
    target_matchers: names().optional(),
    target_match: pairs().optional(),
    target_match_re: pairs().optional(),
    equal: names().optional(),
  })
  .meta({ description: 'while a source fires, targets that agree on `equal` are not told' });

export type InhibitInput = z.output<typeof inhibitSchema>;

const range = z.strictObject({ start_time: z.string(), end_time: z.string() });

const period = z.strictObject({
  times: z.array(range).optional().meta({ description: 'HH:MM, the end excluded' }),
  weekdays: names().optional().meta({ description: 'monday, or monday:friday' }),
  days_of_month: names().optional().meta({ description: '1, 1:5 or -3:-1, quoted' }),
  months: names().optional().meta({ description: 'may, 5, or 1:3' }),
  years: names().optional().meta({ description: '2026, or 2026:2028, quoted' }),
  location: z.string().optional().meta({ description: 'IANA zone; default: UTC' }),
});

export type PeriodInput = z.output<typeof period>;

export const timeIntervalSchema = z
  .strictObject({ name: z.string(), time_intervals: z.array(period).default([]) })
  .meta({ description: 'calendar time that routes name' });

export type TimeIntervalInput = z.output<typeof timeIntervalSchema>;
