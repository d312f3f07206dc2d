import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { inject } from 'vitest';
import { Secret } from '../../src/model/secret.ts';
import type { Store } from '../../src/model/store.ts';
import { openStore } from '../../src/store/index.ts';

export interface FreshStore {
  readonly store: Store;
  readonly url: Secret;
  /** Closes the store and removes its database. */
  readonly drop: () => Promise<void>;
}

/** An empty store in a database of its own, on the shared private server or the one given. */
export async function freshStore(server: string = inject('postgresUrl')): Promise<FreshStore> {
  const { url, drop } = await freshDatabase(server);
  const store = await openStore({ url, log: () => undefined });
  return {
    store,
    url,
    drop: async () => {
      await store.close();
      await drop();
    },
  };
}

/** An empty database without any schema. */
export async function freshDatabase(
  server: string = inject('postgresUrl'),
): Promise<{ readonly url: Secret; readonly drop: () => Promise<void> }> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await administer(server, `create database ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: new Secret(url.href), drop: async () => administer(server, `drop database ${name} with (force)`) };
}

async function administer(server: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: server });
  await client.connect();
  await client.query(statement);
  await client.end();
}
