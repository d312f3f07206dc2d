import { createHash, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../model/secret.ts';
import type { Tries } from './tries.ts';

/** Browsers send a cookie to every port of a host: two Tocsins on one host must not take each other's for their own. */
export function cookieName(host: string | undefined): string {
  return `tocsin_token_${(host ?? '').toLowerCase().replaceAll(/[^a-z0-9]+/g, '_')}`;
}

/** What a caller showed to prove who they are. */
export interface Shown {
  readonly address: string;
  readonly authorization: string | undefined;
  readonly cookie: string | undefined;
  /** The `Host` it was asked under. */
  readonly host?: string | undefined;
  /** The `token` of the query, where one is accepted. */
  readonly queryToken: string | undefined;
}

/** `limited`: too many wrong tries from this address lately, so the password was not even looked at. */
export type Claim = 'none' | 'right' | 'wrong' | 'limited';

/**
 * Judges credentials. The token may also stand where a program can only give a user and a password. The token is always looked at, since nobody guesses it; only tries at the password are limited, and an
 * outdated cookie is no try.
 */
export function claimJudge(secrets: { readonly token: Secret; readonly password?: Secret | undefined }, tries: Tries) {
  const { token, password } = secrets;
  return (shown: Shown): Claim => {
    const tokens = [
      cookieToken(shown),
      bearer(shown.authorization),
      basicPassword(shown.authorization),
      shown.queryToken,
    ];
    if (tokens.some((given) => matches(given, token))) return 'right';
    if (shown.authorization === undefined && shown.queryToken === undefined) return 'none';
    if (tries.exhausted(shown.address)) return 'limited';
    if (matches(basicPassword(shown.authorization), password)) return 'right';
    tries.count(shown.address);
    return 'wrong';
  };
}

function matches(given: string | undefined, secret: Secret | undefined): boolean {
  if (given === undefined || secret === undefined) return false;
  return timingSafeEqual(digest(given), digest(secret.reveal()));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function cookieToken({ cookie, host }: Shown): string | undefined {
  const start = `${cookieName(host)}=`;
  const pair = cookie?.split(';').find((part) => part.trim().startsWith(start));
  return pair?.trim().slice(start.length);
}

function bearer(authorization: string | undefined): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
}

function basicPassword(authorization: string | undefined): string | undefined {
  const encoded = /^Basic +(\S+) *$/i.exec(authorization ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const pair = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  return colon < 0 ? undefined : pair.slice(colon + 1);
}
