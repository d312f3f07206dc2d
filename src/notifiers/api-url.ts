import { text } from '../model/schema.ts';
import { isSafeAddress } from './loopback.ts';

/** Where a service's API is when it is not where everybody's is: a proxy, or a server of one's own. */
export const apiUrl = () =>
  text()
    .refine(isSafeAddress, { error: 'expected the address of an API: https://…' })
    .transform((url) => url.replace(/\/+$/, ''))
    .optional();
