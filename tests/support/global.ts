import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import type { TestProject } from 'vitest/node';
import { openPrivatePostgres } from '../../src/io/postgres.ts';

declare module 'vitest' {
  interface ProvidedContext {
    readonly postgresUrl: string;
  }
}

/** One private PostgreSQL for the whole run; each test file makes its own database on it. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const data = await mkdtemp(join(tmpdir(), 'tocsin-tests-'));
  const server = await openPrivatePostgres({ data, log: () => undefined });
  const url = server.url.reveal();
  await forgetDurability(url);
  project.provide('postgresUrl', url);
  return async () => {
    await server.stop();
    await rm(data, { recursive: true });
  };
}

/** Nothing here outlives the run, and creating databases is mostly waiting for the disk. */
async function forgetDurability(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  for (const setting of ['fsync', 'synchronous_commit', 'full_page_writes']) {
    await client.query(`alter system set ${setting} = off`);
  }
  await client.query('select pg_reload_conf()');
  await client.end();
}
