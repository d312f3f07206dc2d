import { fetch as undiciFetch } from 'undici';

/**
 * The package's `fetch`. The one built into Node.js 20 can forget an abort when garbage is collected while a body is
 * read: an answer without an end is then awaited for ever.
 */
export const fetch = undiciFetch as unknown as typeof globalThis.fetch;
