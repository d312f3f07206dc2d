import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../../model/secret.ts';

/** What a signed link lets its bearer do: acknowledge these alerts, in the name of this receiver, until then. */
export interface AckGrant {
  readonly alertIds: readonly string[];
  readonly receiver: string;
  /** Unix ms, machine clock. */
  readonly expires: number;
  /** The message it was sent with. */
  readonly message: string;
}

/** Why a link is refused. */
export type AckRefusal = 'malformed' | 'tampered' | 'expired';

/** Alerts that one link names at most; it has to fit into a mail. */
const MOST = 40;
const PURPOSE = 'tocsin acknowledge v1\n';

/** Makes the token of a link. */
export function signAck({ alertIds, receiver, expires, message }: AckGrant, key: Secret): string {
  const body = Buffer.from(JSON.stringify([alertIds.slice(0, MOST), receiver, expires, message])).toString('base64url');
  return `${body}.${mac(body, key)}`;
}

/** The address of a link. */
export function ackUrl(externalUrl: string, grant: AckGrant, key: Secret): string {
  return `${externalUrl.replace(/\/+$/, '')}/acknowledge?t=${signAck(grant, key)}`;
}

/** Reads a token; the signature is judged before anything in it is looked at. `now` is unix ms on the machine clock. */
export function readAck(token: string, key: Secret, now: number): AckGrant | AckRefusal {
  const [body, signature, ...more] = token.split('.');
  if (body === undefined || signature === undefined || more.length > 0 || token.length > 4000) return 'malformed';
  if (!timingSafeEqual(digest(signature), digest(mac(body, key)))) return 'tampered';
  const [alertIds, receiver, expires, message] = JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as [
    string[],
    string,
    number,
    string,
  ];
  return expires <= now ? 'expired' : { alertIds, receiver, expires, message };
}

/** The same for every use of one link. */
export function ackKey(token: string): string {
  return `ack ${digest(token).toString('hex')}`;
}

function mac(body: string, key: Secret): string {
  return createHmac('sha256', key.reveal())
    .update(PURPOSE + body)
    .digest('base64url');
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
