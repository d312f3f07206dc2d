import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAlerts } from '../../src/http/alertmanager/postable.ts';
import type { Post } from '../../src/model/posted.ts';
import type { Secret } from '../../src/model/secret.ts';
import { MIGRATIONS } from '../../src/store/migrations/index.ts';
import { openStore } from '../../src/store/index.ts';
import { migrate } from '../../src/store/migrate.ts';
import { freshDatabase } from '../support/postgres.ts';
import { historyOf } from '../support/historyOf.ts';

const log = () => undefined;

/** A database as a version before that migration left it. */
async function databaseBefore(migration: string) {
  const database = await freshDatabase();
  const old = new Pool({ connectionString: database.url.reveal() });
  await old.query(
    'create schema tocsin; create table tocsin.migrations (name text primary key, applied_at timestamptz)',
  );
  const until = MIGRATIONS.findIndex(({ name }) => name === migration);
  for (const { name, sql } of MIGRATIONS.slice(0, until)) {
    await old.query(sql);
    await old.query('insert into tocsin.migrations (name) values ($1)', [name]);
  }
  return { database, old };
}

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

  it('carries over who was told of what, and what receivers believe', async () => {
    const { database, old } = await databaseBefore('0050_told_together');
    await old.query(`
      insert into tocsin.transitions (id, alert_id, rule, labels, kind, at, to_level, active_at)
        select id, 'a' || id, 'BelowNav', '{}', 'firing', id, 'warning', id from generate_series(1, 3) as id;
      insert into tocsin.alerts (id, rule, state, level, alert) select 'a' || id, 'BelowNav', 'firing', 'warning',
        '{"rule":"BelowNav","labels":{},"state":"firing","level":"warning"}' from generate_series(1, 3) as id;
      insert into tocsin.tellings (receiver, group_key, transition_id, flush, told_at, kept) values
        ('desk', 'g', 1, true, 9, null), ('desk', 'g', 2, true, null, null), ('desk', 'g', 3, false, 9, 'muted');
      insert into tocsin.group_due (receiver, group_key, labels, group_wait, group_interval, repeat_interval, due_at)
        values ('desk', 'g', '{}', 1, 1, 1, 1);
      insert into tocsin.members (receiver, group_key, alert_id, told_level, tried, spoken_at) values
        ('desk', 'g', 'a1', 'warning', false, 9), ('desk', 'g', 'a2', null, true, null);`);
    await old.end();
    const store = await openStore({ url: database.url, log });
    const histories = await Promise.all(['a1', 'a2', 'a3'].map(async (id) => store.alertHistory(id, 9)));
    expect(histories.map((history) => history?.transitions[0]?.told)).toEqual([
      [{ receiver: 'desk', at: 9, kept: null }],
      [{ receiver: 'desk', at: null, kept: null }],
      [{ receiver: 'desk', at: 9, kept: 'muted' }],
    ]);
    const [claim] = await store.claim([{ receiver: 'desk', groupKey: 'g' }], { now: 10, machineNow: 10, claimMs: 9 });
    expect(claim?.untold.map(({ id }) => id)).toEqual([2]);
    expect(claim?.muting).toMatchObject({ believed: { a1: 'warning' }, spokenAt: { a1: 9 }, tried: ['a2'] });
    await store.close();
    await database.drop();
  });

  it('carries over what was posted and not judged yet', async () => {
    const { database, old } = await databaseBefore('0052_bodies');
    const times = { startsAt: 1_700_000_000_001, endsAt: 1_700_000_300_000, updatedAt: 1_700_000_000_002 };
    const posts: readonly Post[] = [
      { rule: 'Depeg', labels: { asset: 'x"\\USD' }, annotations: { summary: 'Größe' }, ...times },
      { rule: '', labels: { asset: 'usdc' }, annotations: {}, generatorUrl: '/graph', ...times },
      { rule: 'Odd', labels: {}, annotations: { 'a\0\ud800': '{}' }, generatorUrl: '/\0', ...times },
      { rule: 'Ends', labels: { pool: '{a}' }, annotations: {}, ...times },
    ];
    await old.query('insert into tocsin.kept_posts (posts) values ($1)', [JSON.stringify(posts)]);
    await old.end();
    const store = await openStore({ url: database.url, log });
    const kept = await store.keptPosts(0);
    expect(kept.map(readAlerts)).toEqual([{ posts, wrong: [] }]);
    await store.close();
    await database.drop();
  });

  it('rejects with what the server said when there is no such database, without the password', async () => {
    const nowhere = new URL(url.reveal());
    nowhere.pathname = '/nowhere';
    const opening = migrate(new Pool({ connectionString: nowhere.href }));
    await expect(opening).rejects.toThrow('database "nowhere" does not exist');
    await expect(opening).rejects.not.toThrow(nowhere.password);
  });
});
