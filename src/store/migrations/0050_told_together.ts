/**
 * What a group is owed and told of together is one row: the ids of its transitions, in their order. `group_due.heard` is what its receiver
 * was told of each alert, by id: the `level` it takes it to fire at (null: not firing, '': a plain rule), `at` which a message last spoke of
 * it, and whether a message was `tried` whose acceptance was never heard of. An alert is hardly ever looked into by the database: as text it
 * is written in half the time.
 */
export const toldTogether = {
  name: '0050_told_together',
  sql: `
alter table tocsin.alerts alter column alert type json;

alter table tocsin.tellings rename to tellings_each;
create table tocsin.tellings (
  receiver text not null,
  group_key text not null,
  transition_ids bigint[] not null,
  flush boolean not null,
  told_at bigint,
  kept text
);
insert into tocsin.tellings (receiver, group_key, transition_ids, flush, told_at, kept)
  select receiver, group_key, array_agg(transition_id order by transition_id), flush and told_at is null, told_at, kept
  from tocsin.tellings_each group by receiver, group_key, flush and told_at is null, told_at, kept;
drop table tocsin.tellings_each;
create index on tocsin.tellings (receiver, group_key) where told_at is null;
create index on tocsin.tellings
  using gist (int8range(transition_ids[1], transition_ids[cardinality(transition_ids)], '[]'));

alter table tocsin.group_due add column heard jsonb not null default '{}';
update tocsin.group_due g set heard = m.heard from (
  select receiver, group_key, jsonb_object_agg(alert_id, jsonb_build_object('level', told_level)
    || case when spoken_at is null then '{}' else jsonb_build_object('at', spoken_at) end
    || case when tried then '{"tried": true}' else '{}'::jsonb end) as heard
  from tocsin.members group by receiver, group_key) as m
  where m.receiver = g.receiver and m.group_key = g.group_key;
drop table tocsin.members;
`,
} as const;
