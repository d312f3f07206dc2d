import { z } from 'zod';
import { duration, secret, socketUrl, text, webUrl } from '../model/schema.ts';
import { Secret } from '../model/secret.ts';
import { inhibitSchema, routeSchema, timeIntervalSchema } from './routingSchema.ts';
import { isZone } from './zone.ts';

/** A database or queue address; a password in it must come by reference. */
const connection = () =>
  z
    .union([z.string(), z.instanceof(Secret)])
    .refine((value) => typeof value !== 'string' || !/:\/\/[^/@]*:[^/@]+@/.test(value), {
      error: 'an address with a password must be written as ${NAME} or ${FILE:/path}',
    })
    .transform((value) => (typeof value === 'string' ? new Secret(value) : value));

const chain = z
  .strictObject({
    kind: z.enum(['evm', 'solana']).default('evm').meta({ description: 'what the nodes speak' }),
    id: z.int().positive().optional().meta({ description: 'EIP-155 id; known chains need none' }),
    rpc: z
      .array(webUrl())
      .min(1)
      .meta({ description: 'nodes in order of preference; addresses with a key as ${NAME}' }),
    heads: socketUrl().optional().meta({
      description: 'wss:// address of a node whose new blocks make polls early; polls by the clock go on without it',
    }),
    batch_bytes: z.int().min(1024).default(32_768).meta({ description: 'calldata in one multicall' }),
    timeout: duration().default(10_000).meta({ description: 'for one request' }),
    max_lag: duration()
      .default(60_000)
      .meta({ description: "a node is passed over while its newest block is older than another's by more" }),
    calls_per_second: z
      .number()
      .positive()
      .default(20)
      .meta({ description: 'requests to one provider; what is beyond waits, or goes to the next node' }),
  })
  .meta({ description: 'how one chain is read' });

/** Characters of a template. */
const MOST_TEMPLATE = 10_000;

/** `receivers` are checked by their notifier's own schema afterwards. */
export const receiverKeys = {
  fallback: z.string().optional().meta({ description: 'who is told instead while this receiver takes nothing' }),
  templates: z
    .strictObject({
      title: z.string().min(1).max(MOST_TEMPLATE).optional(),
      text: z.string().min(1).max(MOST_TEMPLATE).optional(),
    })
    .optional()
    .meta({ description: 'Liquid in place of the built-in title and text of its messages' }),
};
const receiver = z.looseObject({ kind: z.string(), ...receiverKeys });

const zone = () => text().refine(isZone, { error: 'expected an IANA zone such as UTC or Europe/Berlin' });

const timeOfDay = () =>
  text().pipe(z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, { error: "expected a time of the day such as '08:00'" }));

const DAY = 86_400_000;

/** The shape of `tocsin.yaml`. */
export const settingsSchema = z.strictObject({
  timezone: zone().default('UTC').meta({ description: 'for the times people read' }),
  data: text().optional().meta({ description: 'folder of the private database; default ./data' }),
  store: z
    .strictObject({ url: connection().optional() })
    .optional()
    .meta({ description: 'PostgreSQL; default: a private one' }),
  redis: z
    .strictObject({ url: connection().optional() })
    .optional()
    .meta({ description: 'queue; default: in the database' }),
  chains: z.record(z.string(), chain).default({}),
  receivers: z.record(z.string(), receiver).default({}),
  alertmanager: text().optional().meta({
    description: 'an alertmanager.yml: its routes, receivers, inhibition and times, in place of those here',
  }),
  route: routeSchema.optional(),
  inhibit_rules: z.array(inhibitSchema).default([]),
  time_intervals: z.array(timeIntervalSchema).default([]),
  unack_after: duration().default(DAY).meta({
    description: 'an acknowledgement ends then, unless who gives it says how long; default 1d',
  }),
  dashboard: z
    .strictObject({
      listen: text().default('127.0.0.1:9465').meta({ description: 'host:port' }),
      external_url: webUrl().optional().meta({ description: 'how people reach it, for links in messages' }),
      password: secret().optional().meta({ description: 'needed when it listens beyond this machine' }),
      signing_key: secret()
        .optional()
        .meta({ description: 'signs links in mails; the same for all replicas. Default: made in the data folder' }),
    })
    .prefault({}),
  heartbeat: z
    .strictObject({
      url: secret().meta({ description: 'asked for while all is well; often holds a key' }),
      every: duration().default(60_000),
      method: z.enum(['GET', 'POST']).default('GET'),
    })
    .optional()
    .meta({ description: "dead man's switch: somebody else rings when this falls silent" }),
  digest: z
    .strictObject({
      at: timeOfDay(),
      every: z.enum(['daily', 'weekly']).default('daily').meta({ description: 'weekly is on Mondays' }),
      timezone: zone().optional().meta({ description: 'default: the timezone above' }),
      receivers: z.array(text()).min(1).meta({ description: 'of kind email, slack or slack_webhook' }),
    })
    .optional()
    .meta({ description: 'a report of what happened, what nearly did, and what is not watched' }),
  canary: z
    .strictObject({
      at: timeOfDay(),
      timezone: zone().optional().meta({ description: 'default: the timezone above' }),
      receivers: z.array(text()).min(1).optional().meta({ description: 'default: as the routes say' }),
    })
    .optional()
    .meta({
      description: 'an alert that means nothing, sent daily the whole way; when no receiver accepts it, you hear of it',
    }),
  packs: z.array(z.string()).default([]).meta({ description: 'ready rule sets that ship with tocsin' }),
  rules: z.array(z.string()).default(['rules']).meta({ description: 'folders, files or globs of your own rules' }),
  clock: z
    .strictObject({ follow: z.literal('chain'), chain: z.string() })
    .optional()
    .meta({
      description: 'for demos only: judge by the block time of a local chain; a halted chain then never goes stale',
    }),
});

export type SettingsInput = z.output<typeof settingsSchema>;
