import { onTestFinished } from 'vitest';
import { Secret } from '../../src/model/secret.ts';
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
    log: { warn: log, error: log },
    ...parts,
  });
  onTestFinished(server.close);
  return { ...server, logged };
}
