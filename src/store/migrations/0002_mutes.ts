/**
 * What people say about alerts. `group_due.parked` marks a group that holds something back; `wakes` counts what may have let it go,
 * so that a wake during a claim is not lost. `members.told_level` is what the receiver believes: null is "not firing", '' a plain rule.
 */
export const mutes = {
  name: '0002_mutes',
  sql: `
create table tocsin.silences (
  id uuid primary key default gen_random_uuid(),
  matchers jsonb not null,
  starts_at bigint not null,
  ends_at bigint not null,
  created_by text not null,
  comment text not null,
  updated_at bigint not null
);
create index on tocsin.silences (ends_at);

create table tocsin.acknowledgements (
  id bigint generated always as identity primary key,
  alert_id text not null,
  episode_id bigint,
  rule text not null,
  labels jsonb not null,
  by_whom text not null,
  via text not null,
  at bigint not null,
  note text,
  until bigint not null,
  level text,
  ended_at bigint,
  ended_by text
);
create unique index on tocsin.acknowledgements (alert_id) where ended_at is null;

create table tocsin.notes (
  id bigint generated always as identity primary key,
  alert_id text not null,
  episode_id bigint not null,
  by_whom text not null,
  via text not null,
  at bigint not null,
  text text not null
);
create index on tocsin.notes (episode_id);

create table tocsin.audit (
  id bigint generated always as identity primary key,
  at bigint not null,
  by_whom text not null,
  via text not null,
  action text not null,
  subject text not null,
  detail jsonb,
  refused text
);
create index on tocsin.audit (at);

alter table tocsin.group_due add column parked boolean not null default false;
alter table tocsin.group_due add column wakes int not null default 0;
alter table tocsin.members add column told_level text;
alter table tocsin.tellings add column kept text;
create index on tocsin.episodes (alert_id);
`,
} as const;
