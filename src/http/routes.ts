import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { Status } from '../model/status.ts';
import { alertPage, unknownAlertPage } from './alertPage.ts';
import type { ShownAlert } from './alertPage.ts';
import { pagePolicy } from './headers.ts';
import { statusMain, statusPage } from './page.ts';
import { shared } from './shared.ts';

/** Longer than this the page is better told that nobody answers. */
const PATIENCE_MS = 8_000;

/** An id of any other form is nobody's, and may hold what no database takes. */
export const ALERT_ID = /^[0-9a-f]{16}$/;

export interface StatusRoutes {
  readonly status: () => Promise<Status>;
  readonly alert: (id: string) => Promise<ShownAlert | undefined>;
}

/** The status page, the part of it that refreshes, the same as JSON, and a page for each alert. */
export function statusRoutes(app: FastifyInstance, deps: StatusRoutes): void {
  const status = shared(deps.status, PATIENCE_MS);

  app.get('/', async (request, reply) => {
    const fragment = 'fragment' in (request.query as Record<string, unknown>);
    const now = { ...(await status()), mayAct: request.claim === 'right' };
    const nonce = randomBytes(16).toString('base64url');
    reply.type('text/html; charset=utf-8').header('cache-control', 'no-store');
    if (fragment) return statusMain(now).text;
    return reply.header('content-security-policy', pagePolicy(nonce)).send(statusPage(now, nonce).text);
  });

  app.get('/alerts/:id', async (request, reply) => {
    const { id } = request.params as { readonly id: string };
    if (!ALERT_ID.test(id)) return reply.callNotFound();
    const detail = await deps.alert(id);
    const nonce = randomBytes(16).toString('base64url');
    reply.type('text/html; charset=utf-8').header('cache-control', 'no-store');
    reply.header('content-security-policy', pagePolicy(nonce));
    if (detail === undefined) return reply.code(404).send(unknownAlertPage(id, nonce).text);
    const now = { ...(await status()), mayAct: request.claim === 'right' };
    return reply.send(alertPage(detail, now, nonce).text);
  });

  app.get('/alerts/:id/episode.json', async (request, reply) => {
    const { id } = request.params as { readonly id: string };
    const detail = ALERT_ID.test(id) ? await deps.alert(id) : undefined;
    if (detail?.story === undefined) return reply.callNotFound();
    return reply.header('cache-control', 'no-store').send(detail.story);
  });

  app.get('/status.json', async (_request, reply) => reply.header('cache-control', 'no-store').send(await status()));
}
