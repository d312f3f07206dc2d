import { sql } from 'kysely';
import { type Labels, labelsKey } from '../model/labels.ts';
import { blocksOf, type Reading } from '../model/sample.ts';
import type { Cursor, ReadBlock, Undone } from '../model/stored.ts';
import { type Connection, type Database, query, rowsOf } from './database.ts';

/** Blocks of a chain that are remembered, the newest: more than are not final yet at one poll a block. */
const KEPT = 256;

/** A recorded sample is not older than this when it is written: ms. */
const OLDEST = 86_400_000;

/** An evaluation sees what came while it was late: ms before a sample was known in which an evaluation may have been due. */
const LATE = 600_000;

/** What reading `r` of sample `x` said of a chain at block `b`; what it said of the source itself stays. */
const OF_BLOCK = sql`x.xid = b.xid and r.id = x.reading_id and r.seen_at = x.seen_at and (r.origin->>'hash' = b.hash
    or r.origin->'blocks' @> jsonb_build_array(jsonb_build_object('hash', b.hash)))
  and s.id = x.series_id and s.metric not like 'tocsin\\_%'`;

export async function blocksRead(db: Database, chain: string): Promise<readonly ReadBlock[]> {
  return query<ReadBlock>(
    db,
    sql`select block, hash, bool_and(undone) as undone from tocsin.read_blocks where chain = ${chain}
        group by block, hash order by block desc limit ${KEPT}`,
  );
}

/** Remembers at which blocks these readings were made, of which something was written in the same transaction. */
export async function keepBlocks(db: Connection, readings: readonly Reading[]): Promise<void> {
  const blocks = readings.flatMap(({ origin, error }) =>
    error === undefined && origin.tag !== 'finalized' ? blocksOf(origin) : [],
  );
  if (blocks.length === 0) return;
  await sql`insert into tocsin.read_blocks (chain, block, hash)
    select distinct chain, block, hash from ${rowsOf(blocks, 'chain text, block bigint, hash text')}
    order by chain, hash on conflict do nothing`.execute(db);
  for (const chain of new Set(blocks.map((block) => block.chain))) {
    await sql`delete from tocsin.read_blocks where chain = ${chain} and not undone and block < (select min(block) from (
      select distinct block from tocsin.read_blocks where chain = ${chain} order by block desc limit ${KEPT}) newest)`.execute(
      db,
    );
  }
}

/**
 * Takes back what was read at blocks that are undone, of those of these series that get another sample in the same transaction: an
 * older sample never becomes the newest by it. What rules recorded of it is taken back when they record again.
 */
export async function takeBack(
  db: Connection,
  { hashes, recorded }: Undone,
  seriesIds: readonly number[],
): Promise<void> {
  if (hashes.length === 0) return;
  await sql`update tocsin.read_blocks set undone = true where hash = any(${hashes}::text[]) and not undone`.execute(db);
  const gone = await entomb(
    db,
    sql`delete from tocsin.samples x using tocsin.read_blocks b, tocsin.readings r, tocsin.series s
        where b.undone and b.hash = any(${hashes}::text[]) and x.series_id = any(${seriesIds}::int[]) and ${OF_BLOCK}
        returning x.series_id, x.at, x.seen_at, b.chain, b.block`,
  );
  await doubt(db, recorded, gone);
  await forgetBlocks(db);
}

/** Takes back what nothing has followed on for so long that its series is stale without it as with it. */
export async function takeBackStale(db: Database, now: number): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    const stale = sql`b.undone and s.last_at < ${now} - s.max_age and ${OF_BLOCK}`;
    const from = sql`tocsin.read_blocks b, tocsin.readings r, tocsin.series s`;
    await sql`select from tocsin.series where id in (select x.series_id from tocsin.samples x, ${from} where ${stale})
      order by id for no key update`.execute(transaction);
    await entomb(
      transaction,
      sql`delete from tocsin.samples x using ${from} where ${stale} returning x.series_id, x.at, x.seen_at, b.chain, b.block`,
    );
    await forgetBlocks(transaction);
  });
}

/** Takes back what rules recorded of what had been taken back, of those of these series that they have just recorded anew knowing of it. */
export async function settleDoubts(
  db: Connection,
  written: readonly { readonly id: number; readonly at: number }[],
  { now, followed }: { readonly now: number; readonly followed: Cursor },
): Promise<void> {
  const ids = written.map(({ id }) => id);
  const doubts = await query<{ id: number; since: number }>(
    db,
    sql`delete from tocsin.doubted_series where pg_visible_in_snapshot(xid, ${followed}::pg_snapshot) and series_id = any(${ids}::int[])
        returning series_id as id, since`,
  );
  if (doubts.length === 0) return;
  await entomb(
    db,
    sql`delete from tocsin.samples x
        using unnest(${doubts.map(({ id }) => id)}::int[], ${doubts.map(({ since }) => since)}::bigint[]) as d(id, since)
        where x.series_id = d.id and x.at >= d.since - ${OLDEST} and x.seen_at >= d.since and x.seen_at < ${now}
          and (x.series_id, x.at) not in (select * from unnest(${ids}::int[], ${written.map(({ at }) => at)}::bigint[]))
        returning x.series_id, x.at, x.seen_at, null::text as chain, null::bigint as block`,
  );
}

interface Gone {
  readonly seriesId: number;
  readonly at: number;
  readonly seenAt: number;
}

/** Runs a deletion of samples, leaves word of each, and lets their series end in what is left. */
async function entomb(db: Connection, deletion: ReturnType<typeof sql>): Promise<readonly Gone[]> {
  const gone = await query<Gone>(
    db,
    sql`with gone as (${deletion})
        insert into tocsin.undone_samples (series_id, at, seen_at, chain, block)
        select distinct on (series_id, at) series_id, at, seen_at, chain, block from gone
        returning series_id as "seriesId", at, seen_at as "seenAt"`,
  );
  if (gone.length === 0) return gone;
  await sql`update tocsin.series s set (last_at, last_value) = (
      select x.at, x.value from tocsin.samples x where x.series_id = s.id order by x.at desc limit 1)
    from unnest(${gone.map(({ seriesId }) => seriesId)}::int[], ${gone.map(({ at }) => at)}::bigint[]) as g(id, at)
    where s.id = g.id and s.last_at = g.at`.execute(db);
  return gone;
}

async function doubt(db: Connection, recorded: readonly Labels[], gone: readonly Gone[]): Promise<void> {
  if (gone.length === 0 || recorded.length === 0) return;
  const since = gone.reduce((first, { at, seenAt }) => Math.min(first, Math.max(at, seenAt - LATE)), Infinity);
  await sql`insert into tocsin.doubted_series (series_id, since) select id, ${since}::bigint from tocsin.series
    where key = any(${recorded.map(labelsKey)}::text[])`.execute(db);
}

async function forgetBlocks(db: Connection): Promise<void> {
  await sql`delete from tocsin.read_blocks b where undone and not exists (
    select from tocsin.samples x, tocsin.readings r, tocsin.series s where ${OF_BLOCK})`.execute(db);
}

export async function undoneBlocks(
  db: Database,
  about: readonly { readonly seriesId: number; readonly at: number }[],
): Promise<readonly ({ readonly chain: string; readonly block: number } | undefined)[]> {
  if (about.length === 0) return [];
  const rows = await query<{ chain: string | null; block: number | null }>(
    db,
    sql`select u.chain, u.block
        from unnest(${about.map(({ seriesId }) => seriesId)}::int[], ${about.map(({ at }) => at)}::bigint[])
          with ordinality as i(series_id, at, position)
        left join lateral (
          select chain, block from tocsin.undone_samples u
          where u.series_id = i.series_id and u.at <= i.at and u.seen_at - ${LATE} <= i.at and not exists (
            select from tocsin.samples x where x.series_id = u.series_id and x.at > u.at and x.at <= i.at
              and (x.seen_at <= i.at or x.xid < u.xid))
          order by u.at desc limit 1) u on true
        order by position`,
  );
  return rows.map(({ chain, block }) => (chain === null || block === null ? undefined : { chain, block }));
}
