import { beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { Secret } from '../../src/model/secret.ts';
import { evaluationsContract } from '../store/contract/evaluation.ts';
import { ask } from '../store/contract/fixtures.ts';
import { followContract } from '../store/contract/follow.ts';
import { logsContract } from '../store/contract/logs.ts';
import { maintainContract } from '../store/contract/maintain.ts';
import { mutesContract } from '../store/contract/mutes.ts';
import { mutingContract } from '../store/contract/muting.ts';
import { aheadContract } from '../store/contract/ahead.ts';
import { postsContract } from '../store/contract/posts.ts';
import { peopleContract } from '../store/contract/people.ts';
import { recordedContract } from '../store/contract/recorded.ts';
import { regroupContract } from '../store/contract/regroup.ts';
import { samplesContract } from '../store/contract/samples.ts';
import { tellingContract } from '../store/contract/telling.ts';
import { undoneContract } from '../store/contract/undone.ts';
import { type FreshStore, freshStore } from '../support/postgres.ts';

const CONTRACTS = [
  samplesContract,
  followContract,
  evaluationsContract,
  tellingContract,
  mutesContract,
  mutingContract,
  recordedContract,
  regroupContract,
  peopleContract,
  aheadContract,
  postsContract,
  maintainContract,
  logsContract,
  undoneContract,
];

const other = process.env['TEST_DATABASE_URL'];
if (other === undefined) console.log('skipped: the store on a server of one’s own; set TEST_DATABASE_URL to run it');
const servers: readonly (readonly [string, () => string])[] = [
  ['the private server', () => inject('postgresUrl')],
  ...(other === undefined ? [] : [['TEST_DATABASE_URL', () => other] as const]),
];

async function empty(url: Secret): Promise<void> {
  const tables = await ask(url, `select tablename as name from pg_tables where schemaname = 'tocsin'`);
  const names = tables.map(({ name }) => `tocsin.${String(name)}`).filter((name) => name !== 'tocsin.migrations');
  await ask(
    url,
    names
      .toSorted()
      .map((name) => `delete from ${name}`)
      .join(';'),
  );
}

describe.each(servers)('store on %s', (_name, server) => {
  let fresh: FreshStore;

  beforeAll(async () => {
    fresh = await freshStore(server());
    return async () => fresh.drop();
  });
  beforeEach(async () => empty(fresh.url));

  for (const contract of CONTRACTS) contract(() => fresh);

  it('answers a ping, and no longer once the database is gone', async () => {
    const doomed = await freshStore(server());
    await expect(doomed.store.ping()).resolves.toBeUndefined();
    await doomed.drop();
    await expect(doomed.store.ping()).rejects.toThrow('pool');
  });
});
