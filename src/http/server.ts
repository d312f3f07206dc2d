import { fastify } from 'fastify';
import type { Queue } from 'bullmq';
import type { FastifyInstance } from 'fastify';
import type { DashboardConfig } from '../model/config.ts';
import type { Secret } from '../model/secret.ts';
import type { Status } from '../model/status.ts';
import { actionRoutes } from './actions.ts';
import type { ActionDeps } from './actions.ts';
import type { ShownAlert } from './alertPage.ts';
import { claimJudge } from './credentials.ts';
import { alertmanagerApi } from './alertmanager/routes.ts';
import type { AlertmanagerDeps } from './alertmanager/routes.ts';
import { admit, pathOf } from './guard.ts';
import { secure } from './headers.ts';
import { bracket, hostRule, isPrivate } from './hosts.ts';
import { jobBoard } from './jobs.ts';
import { ackRoutes } from './people/ackRoutes.ts';
import { slackRoutes } from './people/slackRoutes.ts';
import type { PeopleDeps } from './people/deps.ts';
import { probeRoutes } from './probes.ts';
import { statusRoutes } from './routes.ts';
import { countTries } from './tries.ts';
import type { Guard } from './guard.ts';
import type { Log } from './log.ts';
import type { Health } from './probes.ts';

export interface ServerDeps {
  readonly dashboard: DashboardConfig;
  /** Needed for everything that changes state. */
  readonly token: Secret;
  readonly status: () => Promise<Status>;
  readonly alert: (id: string) => Promise<ShownAlert | undefined>;
  readonly actions: ActionDeps;
  /** Writes down that something that would have changed state was refused. */
  readonly refused?: (what: { readonly path: string; readonly address: string; readonly reason: string }) => void;
  readonly health: () => Promise<Health>;
  /** Prometheus' text format. */
  readonly metrics: () => Promise<string>;
  readonly queues: readonly Queue[];
  readonly alertmanager: AlertmanagerDeps;
  readonly people: PeopleDeps;
  readonly log: Log;
}

export interface HttpServer {
  /** Where this machine reaches it; without the token. */
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** Serves status page, job dashboard, health and metrics. */
export async function createServer(deps: ServerDeps): Promise<HttpServer> {
  const app = boundedApp();
  let guard: Guard | undefined;
  app.decorateRequest('claim', 'none');
  app.addHook('onRequest', async (request, reply) => {
    secure(reply);
    guard ??= guardFor(deps, portOf(app));
    return admit(request, reply, guard);
  });
  answerFailures(app, deps.log);
  statusRoutes(app, deps);
  await actionRoutes(app, deps.actions);
  probeRoutes(app, { ...deps, openReading: isPrivate(deps.dashboard) });
  await alertmanagerApi(app, deps.alertmanager, deps.log);
  ackRoutes(app, deps.people);
  await slackRoutes(app, { ...deps.people, log: deps.log });
  jobBoard(app, deps.queues, (board) => answerFailures(board, deps.log));
  await app.listen({ host: deps.dashboard.host, port: deps.dashboard.port });
  return { url: localUrl(deps.dashboard.host, portOf(app)), close: async () => app.close() };
}

/** Every wait is limited; open connections do not hold up `close`. */
function boundedApp(): FastifyInstance {
  const app = fastify({
    bodyLimit: 64 * 1024,
    requestTimeout: 15_000,
    keepAliveTimeout: 10_000,
    forceCloseConnections: true,
    http: { headersTimeout: 10_000, maxHeaderSize: 16 * 1024 },
  });
  app.server.maxConnections = 256;
  return app;
}

function guardFor({ dashboard, token, log, refused }: ServerDeps, port: number): Guard {
  const { externalUrl, password } = dashboard;
  const external = externalUrl === undefined ? undefined : new URL(externalUrl);
  return {
    policy: { knowsHost: hostRule(dashboard, port), openReading: isPrivate(dashboard) },
    claim: claimJudge({ token, password }, countTries()),
    log,
    refused: refused ?? (() => undefined),
    hasPassword: password !== undefined,
    secureHost: external?.protocol === 'https:' ? external.host : undefined,
  };
}

function answerFailures(app: FastifyInstance, log: Log): void {
  app.setNotFoundHandler(async (_request, reply) => reply.code(404).send({ error: 'There is nothing here.' }));
  app.setErrorHandler(async (err: { statusCode?: number; message: string }, request, reply) => {
    const status = err.statusCode ?? 500;
    if (status < 500) return reply.code(status).send({ error: err.message });
    log.error({ err, method: request.method, path: pathOf(request) }, 'request failed');
    return reply.code(503).send({ error: 'Tocsin cannot answer now; its log says why.' });
  });
}

function portOf(app: FastifyInstance): number {
  const [first] = app.addresses();
  return typeof first === 'object' ? first.port : 0;
}

function localUrl(host: string, port: number): string {
  const reachable = { '0.0.0.0': '127.0.0.1', '::': '::1' }[host] ?? host;
  return `http://${bracket(reachable)}:${port}`;
}
