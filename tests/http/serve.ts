import { onTestFinished } from 'vitest';
import { Secret } from '../../src/model/secret.ts';
import type { AlertmanagerDeps } from '../../src/http/alertmanager/routes.ts';
import { createQuiet } from '../../src/jobs/quiet.ts';
import { createServer } from '../../src/http/server.ts';
import type { HttpServer, ServerDeps } from '../../src/http/server.ts';
import { statusOf } from './statuses.ts';

export const TOKEN = 'f3a9c1d2e4b5f60718293a4b5c6d7e8f';

export interface Served extends HttpServer {
  /** Every line logged, as JSON. */
  readonly logged: readonly string[];
}

/** A server on a free loopback port, closed when the test is over. */
export async function serve(parts: Partial<ServerDeps> = {}): Promise<Served> {
  const logged: string[] = [];
  const log = (fields: object, message: string): void => {
    logged.push(JSON.stringify({ ...fields, message }));
  };
  const server = await createServer({
    dashboard: { host: '127.0.0.1', port: 0 },
    token: new Secret(TOKEN),
    status: async () => statusOf(),
    health: async () => ({ ok: true, checks: { database: 'answers' } }),
    metrics: async () => '# TYPE up gauge\nup 1\n',
    queues: [],
    alertmanager: alertmanagerOf(),
    people: nobody(),
    alert: async () => undefined,
    actions: {
      now: () => Date.UTC(2026, 0, 1),
      unackAfter: 86_400_000,
      labelsOf: async () => undefined,
      store: {
        acknowledge: async () => [],
        unacknowledge: async () => [],
        addSilence: async () => '',
        expireSilence: async () => false,
        addNote: async () => false,
      },
    },
    log: { warn: log, error: log },
    ...parts,
  });
  onTestFinished(server.close);
  return { ...server, logged };
}

/** Nobody acts from a mail or from Slack. */
function nobody(): ServerDeps['people'] {
  return {
    store: {
      acknowledge: async () => [],
      addSilence: async () => '',
      writeAudit: async () => undefined,
      useOnce: async () => true,
    },
    now: Date.now,
    machineNow: Date.now,
    signingKey: new Secret('a key for tests'),
    slackSecrets: [],
    unackAfter: 86_400_000,
    quiet: createQuiet(Date.now),
  };
}

/** An Alertmanager API over nothing. */
export function alertmanagerOf(parts: Partial<AlertmanagerDeps> = {}): AlertmanagerDeps {
  return {
    now: () => Date.UTC(2026, 0, 1),
    startedAt: Date.UTC(2026, 0, 1),
    version: '0.1.0',
    post: async () => [],
    alerts: async () => [],
    receivers: () => ['desk'],
    configuration: () => 'route: { receiver: desk }\n',
    silences: {
      all: async () => [],
      one: async () => undefined,
      add: async () => '',
      edit: async () => undefined,
      expire: async () => false,
    },
    ...parts,
  };
}
