import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Secret } from '../../src/model/secret.ts';
import { MIGRATIONS } from '../../src/store/migrations/index.ts';
import { openStore } from '../../src/store/index.ts';
import { migrate } from '../../src/store/migrate.ts';
import { freshDatabase } from '../support/postgres.ts';
import { historyOf } from '../support/historyOf.ts';

const log = () => undefined;

describe('migrate', () => {
  let url: Secret;
  let pool: Pool;

  beforeAll(async () => {
    const database = await freshDatabase();
    url = database.url;
    pool = new Pool({ connectionString: url.reveal() });
    return async () => database.drop();
  });
  afterAll(async () => pool.end());

  it('makes the schema once, however many processes start on it together', async () => {
    const stores = await Promise.all(Array.from({ length: 4 }, async () => openStore({ url, log })));
    await Promise.all(stores.map(async (store) => store.close()));
    const { rows } = await pool.query<{ name: string }>('select name from tocsin.migrations');
    expect(rows.map(({ name }) => name)).toEqual(MIGRATIONS.map(({ name }) => name));
  });

  it('leaves a pool that was passed in open', async () => {
    const store = await openStore({ pool, log });
    await store.close();
    expect((await pool.query('select 1')).rowCount).toBe(1);
  });

  it('keeps rows restored from another server from looking new for ever', async () => {
    const store = await openStore({ url, log });
    const labels = { __name__: 'price_usd', asset: 'xusd' };
    await store.saveOwn([{ labels, value: 1, at: 1, maxAge: 1 }], 1);
    await pool.query(`update tocsin.samples set xid = '999999999999'`);
    await pool.query(`update tocsin.series set xid = '999999999999'`);
    await migrate(pool);
    const { cursor, samples } = await historyOf(store, new Map([['price_usd', 0]]));
    expect(samples).toHaveLength(1);
    expect(await store.follow(cursor, ['price_usd'])).toMatchObject({ series: [], samples: [] });
    await store.close();
  });

  it('rejects with what the server said when there is no such database, without the password', async () => {
    const nowhere = new URL(url.reveal());
    nowhere.pathname = '/nowhere';
    const opening = migrate(new Pool({ connectionString: nowhere.href }));
    await expect(opening).rejects.toThrow('database "nowhere" does not exist');
    await expect(opening).rejects.not.toThrow(nowhere.password);
  });
});
