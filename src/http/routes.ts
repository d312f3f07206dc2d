import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { Status } from '../model/status.ts';
import { pagePolicy } from './headers.ts';
import { statusMain, statusPage } from './page.ts';
import { shared } from './shared.ts';

/** Longer than this the page is better told that nobody answers. */
const PATIENCE_MS = 8_000;

/** The status page, the part of it that refreshes, and the same as JSON. */
export function statusRoutes(app: FastifyInstance, deps: { readonly status: () => Promise<Status> }): void {
  const status = shared(deps.status, PATIENCE_MS);

  app.get('/', async (request, reply) => {
    const fragment = 'fragment' in (request.query as Record<string, unknown>);
    const now = await status();
    const nonce = randomBytes(16).toString('base64url');
    reply.type('text/html; charset=utf-8').header('cache-control', 'no-store');
    if (fragment) return statusMain(now).text;
    return reply.header('content-security-policy', pagePolicy(nonce)).send(statusPage(now, nonce).text);
  });

  app.get('/status.json', async (_request, reply) => reply.header('cache-control', 'no-store').send(await status()));
}
