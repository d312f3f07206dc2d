import { normalHost, urlHost } from './hosts.ts';
import type { Claim } from './credentials.ts';

/** The parts of a request that decide whether it may pass. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  /** `Sec-Fetch-Site`. */
  readonly fetchSite: string | undefined;
  readonly claim: Claim;
}

export interface Policy {
  readonly knowsHost: (header: string | undefined) => boolean;
  /** Reading needs no credentials. */
  readonly openReading: boolean;
}

export interface Refusal {
  readonly status: 401 | 403 | 421 | 429;
  /** One sentence for the caller, with what to do. */
  readonly reason: string;
}

/** Whether it lives, for whoever asks; and what proves by a signature of its own who sends it. */
const OPEN = new Set(['/healthz', '/-/healthy', '/-/ready', '/acknowledge', '/slack/interactions']);
const READING = new Set(['GET', 'HEAD']);

/** Decides on one request; `undefined` lets it pass. Order: the host it was meant for, who sent the browser, who is asking. */
export function refuse(asked: Asked, policy: Policy): Refusal | undefined {
  if (!policy.knowsHost(asked.host)) {
    return {
      status: 421,
      reason: 'This server does not go by that name. Set dashboard.external_url to the address people use.',
    };
  }
  const reading = READING.has(asked.method);
  if (!reading && !fromOurPage(asked)) {
    return {
      status: 403,
      reason: 'Another site sent this request. Changes are accepted from pages of this server only.',
    };
  }
  if (OPEN.has(asked.path) || (reading && policy.openReading)) return undefined;
  return refuseClaim(asked.claim);
}

function fromOurPage({ origin, fetchSite, host }: Asked): boolean {
  if (fetchSite !== undefined && fetchSite !== 'same-origin' && fetchSite !== 'none') return false;
  return origin === undefined || urlHost(origin) === normalHost(host);
}

function refuseClaim(claim: Claim): Refusal | undefined {
  if (claim === 'right') return undefined;
  if (claim === 'limited') return { status: 429, reason: 'Too many wrong tries from this address. Wait a minute.' };
  const reason = 'This needs the token: open the address with ?token=… that Tocsin printed when it started.';
  return { status: 401, reason };
}
