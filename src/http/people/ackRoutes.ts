import type { FastifyInstance, FastifyReply } from 'fastify';
import { formatDuration } from '../../model/duration.ts';
import { markup } from '../markup.ts';
import type { Markup } from '../markup.ts';
import { ackKey, readAck } from './ackToken.ts';
import type { AckGrant, AckRefusal } from './ackToken.ts';
import { recordRefusal } from './deps.ts';
import type { PeopleDeps } from './deps.ts';

const POLICY = "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const REFUSALS: Readonly<Record<AckRefusal | 'used', string>> = {
  malformed: 'This link is not whole. Open it from the mail again.',
  tampered: 'This link was not made by this Tocsin, or was changed. Nothing was done.',
  expired: 'This link is too old. Acknowledge from the dashboard, or from a newer mail.',
  used: 'This link was used already. Nothing was done again.',
};

/** The page behind a mail's link. Mail scanners follow links: looking changes nothing, only the form acts, once. */
export function ackRoutes(app: FastifyInstance, deps: PeopleDeps): void {
  app.get('/acknowledge', async (request, reply) => {
    const token = tokenIn(request.query);
    const grant = readAck(token, deps.signingKey, deps.machineNow());
    return typeof grant === 'string' ? refuse(reply, grant, deps) : send(reply, 200, form(grant, token, deps));
  });

  void app.register(async (forms) => {
    forms.removeAllContentTypeParsers();
    forms.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
      done(null, Object.fromEntries(new URLSearchParams(body as string))),
    );
    forms.post('/acknowledge', async (request, reply) => {
      const token = tokenIn(request.body);
      const grant = readAck(token, deps.signingKey, deps.machineNow());
      if (typeof grant === 'string') return refuse(reply, grant, deps);
      const times = { until: grant.expires, now: deps.machineNow() };
      if (!(await deps.store.useOnce(ackKey(token), times))) return refuse(reply, 'used', deps);
      const now = deps.now();
      const act = { by: `${nameIn(request.body)} (mail to ${grant.receiver})`, via: 'mail', at: now };
      const done = await deps.store.acknowledge({ alertIds: grant.alertIds, until: now + deps.unackAfter }, act);
      return send(reply, 200, outcome(done.length, deps));
    });
  });
}

function tokenIn(given: unknown): string {
  const { t } = (given ?? {}) as { readonly t?: unknown };
  return typeof t === 'string' ? t : '';
}

function nameIn(body: unknown): string {
  const { by } = (body ?? {}) as { readonly by?: unknown };
  const name =
    typeof by === 'string'
      ? by
          .replace(/[\p{Cc}\p{Cf}]/gu, ' ')
          .trim()
          .slice(0, 80)
      : '';
  return name || 'somebody';
}

async function refuse(reply: FastifyReply, why: AckRefusal | 'used', deps: PeopleDeps): Promise<FastifyReply> {
  await recordRefusal(deps, { via: 'mail', action: 'ack', subject: 'signed link', why: `the link is ${why}` });
  return send(reply, 403, markup`<p>${REFUSALS[why]}</p>`);
}

function form({ alertIds, expires }: AckGrant, token: string, { unackAfter }: PeopleDeps): Markup {
  const what = alertIds.length === 1 ? 'this alert' : `these ${alertIds.length} alerts`;
  return markup`<p>Acknowledge ${what}: no reminders and no escalation for ${formatDuration(unackAfter)}, until it gets worse or ends.</p>
<ul>${alertIds.map((id) => markup`<li><code>${id}</code></li>`)}</ul>
<form method="post" action="/acknowledge"><input type="hidden" name="t" value="${token}">
<p><label>Your name <input name="by" maxlength="80" autocomplete="name"></label></p>
<p><button>Acknowledge</button></p></form>
<p><small>The link works once, until ${new Date(expires).toISOString().slice(0, 16).replace('T', ' ')} UTC.</small></p>`;
}

function outcome(done: number, { unackAfter }: PeopleDeps): Markup {
  if (done === 0) return markup`<p>Nothing to acknowledge: none of these alerts fires any more.</p>`;
  return markup`<p>Acknowledged: ${done === 1 ? 'the alert stays' : `${done} alerts stay`} on the dashboard, and nobody is reminded for ${formatDuration(unackAfter)}.</p>`;
}

function send(reply: FastifyReply, status: number, body: Markup): FastifyReply {
  const page = markup`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex"><title>Tocsin</title></head><body><h1>Tocsin</h1>${body}</body></html>`;
  reply
    .code(status)
    .type('text/html; charset=utf-8')
    .headers({ 'content-security-policy': POLICY, 'referrer-policy': 'same-origin', 'cache-control': 'no-store' });
  return reply.send(page.text);
}
