import { z } from 'zod';
import { parseDuration } from './duration.ts';
import { Secret } from './secret.ts';

/** A text; may be written as `${NAME}` or `${FILE:/path}`. */
export const text = () =>
  z
    .union([z.string(), z.instanceof(Secret)])
    .transform((value) => (typeof value === 'string' ? value : value.reveal()));

/** What is said of a literal secret; the literal itself is never shown. */
export const NOT_A_REFERENCE = 'a secret must be written as ${NAME} or ${FILE:/path}, never in the file itself';

/** A secret; must be written as `${NAME}` or `${FILE:/path}`. */
export const secret = () =>
  z.instanceof(Secret, { error: NOT_A_REFERENCE }).meta({
    type: 'string',
    pattern: '^\\$\\{.+\\}$',
  });

const NOT_A_DURATION = 'expected a duration such as 30s, 5m, 1h30m or 7d';

/** A duration string such as `90s` or `1h30m`, as ms. */
export const duration = () =>
  z.string({ error: NOT_A_DURATION }).transform((value, context) => {
    const ms = parseDuration(value);
    if (ms !== undefined) return ms;
    context.addIssue({ code: 'custom', message: NOT_A_DURATION });
    return z.NEVER;
  });

/** An EVM address. */
export const evmAddress = () =>
  z
    .string()
    .regex(/^0x[0-9a-fA-F]{40}$/, { error: 'expected an address: 0x and 40 hex digits, in quotes' })
    .transform((value) => value as `0x${string}`);

/** A Solana address. */
export const solanaAddress = () =>
  z.string().regex(/^[1-9A-HJ-NP-Za-km-z]{32,44}$/, { error: 'expected a Solana address: 32 to 44 base58 characters' });

/** A web address; may be written as `${NAME}`. */
export const webUrl = () => text().pipe(z.url({ protocol: /^https?$/, error: 'expected a web address: https://…' }));

/** A websocket's address; may be written as `${NAME}`. */
export const socketUrl = () => text().pipe(z.url({ protocol: /^wss?$/, error: 'expected a socket: wss://…' }));
