import type { FastifyReply, FastifyRequest } from 'fastify';
import { refuse } from './access.ts';
import { cookieName } from './credentials.ts';
import { markup } from './markup.ts';
import type { Asked, Policy, Refusal } from './access.ts';
import type { Claim, Shown } from './credentials.ts';
import type { Log } from './log.ts';
import type { Markup } from './markup.ts';

declare module 'fastify' {
  interface FastifyRequest {
    claim: Claim;
  }
}

export interface Guard {
  readonly policy: Policy;
  readonly claim: (shown: Shown) => Claim;
  readonly log: Log;
  readonly refused: (what: { readonly path: string; readonly address: string; readonly reason: string }) => void;
  /** Browsers are asked for it where one is set. */
  readonly hasPassword: boolean;
  /** People reach this server over TLS at this host. */
  readonly secureHost: string | undefined;
}

/** The path alone: a query may hold the token. */
export function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? '/';
}

/** Lets a request pass or answers it; a right token in the query of a page becomes a cookie. */
export async function admit(request: FastifyRequest, reply: FastifyReply, guard: Guard): Promise<unknown> {
  const queryToken = tokenOfQuery(request);
  const { authorization, cookie, host } = request.headers;
  const claim = guard.claim({ address: request.ip, authorization, cookie, host, queryToken });
  request.claim = claim;
  const refusal = refuse(asked(request, claim), guard.policy) ?? refuseLink(queryToken, claim);
  if (refusal !== undefined) return turnAway(request, reply, { refusal, guard });
  if (queryToken === undefined) return undefined;
  return reply.header('set-cookie', cookieFor(queryToken, request, guard)).redirect(pathOf(request), 303);
}

/** Pages that people open by their address: the first one, and that of an alert. */
const PAGE = /^\/(?:alerts\/[^/]+)?$/;

function tokenOfQuery(request: FastifyRequest): string | undefined {
  if (request.method !== 'GET' || !PAGE.test(pathOf(request))) return undefined;
  const { token } = request.query as Record<string, unknown>;
  return typeof token === 'string' ? token : undefined;
}

function asked(request: FastifyRequest, claim: Claim): Asked {
  const { host, origin, 'sec-fetch-site': site } = request.headers;
  const fetchSite = typeof site === 'string' ? site : undefined;
  return { method: request.method, path: pathOf(request), host, origin, fetchSite, claim };
}

/** Who opens a link with a wrong token wants to be told, also where reading is open. */
function refuseLink(queryToken: string | undefined, claim: Claim): Refusal | undefined {
  if (queryToken === undefined || claim === 'right') return undefined;
  return {
    status: 403,
    reason: 'The token in this address is not the one of this Tocsin. Copy it again from the log.',
  };
}

function cookieFor(token: string, request: FastifyRequest, guard: Guard): string {
  const secure = request.headers.host === guard.secureHost ? '; Secure' : '';
  return `${cookieName(request.headers.host)}=${token}; HttpOnly; SameSite=Strict; Path=/${secure}`;
}

function turnAway(
  request: FastifyRequest,
  reply: FastifyReply,
  { refusal, guard }: { readonly refusal: Refusal; readonly guard: Guard },
): FastifyReply {
  const { status, reason } = refusal;
  const path = pathOf(request).slice(0, 200);
  guard.log.warn(
    { status, method: request.method, path, address: request.ip, claim: request.claim },
    'request refused',
  );
  if (!['GET', 'HEAD'].includes(request.method)) guard.refused({ path, address: request.ip, reason });
  reply.code(status);
  if (status === 429) reply.header('retry-after', 60);
  if (!request.headers.accept?.includes('text/html')) return challenge(reply, refusal, guard).send({ error: reason });
  const followed = status === 401 && request.headers['sec-fetch-site'] === 'cross-site';
  if (!followed) challenge(reply, refusal, guard);
  return reply.type('text/html; charset=utf-8').send(refusalPage(reason, followed).text);
}

function challenge(reply: FastifyReply, refusal: Refusal, guard: Guard): FastifyReply {
  if (refusal.status !== 401 || !guard.hasPassword) return reply;
  return reply.header('www-authenticate', 'Basic realm="Tocsin", charset="UTF-8"');
}

/** A link followed from another site comes without the strict cookie; the page then asks once more by itself. */
function refusalPage(reason: string, again: boolean): Markup {
  return markup`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Tocsin</title>${again && markup`<meta http-equiv="refresh" content="0">`}</head>
<body><h1>Tocsin</h1><p>${reason}</p></body></html>`;
}
