/** Times are unix ms. `xid` is the transaction that last wrote the row: cursors follow it. */
export const first = {
  name: '0001_first',
  sql: `
create table tocsin.series (
  id int generated always as identity primary key,
  key text not null unique,
  metric text not null,
  labels jsonb not null,
  max_age bigint not null,
  source text,
  ended_at bigint,
  last_at bigint,
  last_value double precision,
  xid xid8 not null default pg_current_xact_id()
) with (fillfactor = 80);
create index on tocsin.series (metric);
create index on tocsin.series (xid);

create table tocsin.samples (
  series_id int not null,
  at bigint not null,
  seen_at bigint not null,
  value double precision not null,
  reading_id bigint,
  xid xid8 not null default pg_current_xact_id(),
  primary key (series_id, at)
) partition by range (at);
create index on tocsin.samples (xid);
create table tocsin.samples_default partition of tocsin.samples default;

create sequence tocsin.reading_ids;
create table tocsin.readings (
  id bigint not null,
  source text not null,
  seen_at bigint not null,
  took_ms double precision not null,
  origin jsonb not null,
  error text,
  primary key (id, seen_at)
) partition by range (seen_at);
create table tocsin.readings_default partition of tocsin.readings default;

create table tocsin.source_states (
  source text primary key,
  last_run_at bigint not null,
  last_ok_at bigint,
  error text,
  took_ms double precision not null,
  origin jsonb not null
);

create table tocsin.rule_groups (name text primary key, evaluated_at bigint not null, deadline bigint);
create table tocsin.evaluations (group_name text, at bigint, primary key (group_name, at));
create index on tocsin.evaluations (at);

create table tocsin.alerts (
  id text primary key,
  rule text not null,
  state text not null,
  level text,
  alert jsonb not null
);
create index on tocsin.alerts (rule);

create table tocsin.episodes (
  id bigint generated always as identity primary key,
  alert_id text not null,
  rule text not null,
  labels jsonb not null,
  started_at bigint not null,
  fired_at bigint,
  peak double precision,
  peak_at bigint,
  ended_at bigint,
  how text
);
create unique index on tocsin.episodes (alert_id) where ended_at is null;

create sequence tocsin.transition_ids;
create table tocsin.transitions (
  id bigint primary key,
  alert_id text not null,
  rule text not null,
  labels jsonb not null,
  kind text not null,
  at bigint not null,
  from_level text,
  to_level text,
  value double precision,
  peak double precision,
  peak_at bigint,
  active_at bigint not null
);
create index on tocsin.transitions (alert_id);

create table tocsin.tellings (
  receiver text,
  group_key text,
  transition_id bigint references tocsin.transitions,
  flush boolean not null,
  told_at bigint,
  primary key (transition_id, receiver, group_key)
);
create index on tocsin.tellings (receiver, group_key) where told_at is null;

create table tocsin.group_due (
  receiver text,
  group_key text,
  labels jsonb not null,
  group_wait bigint not null,
  group_interval bigint not null,
  repeat_interval bigint not null,
  thread_id uuid not null default gen_random_uuid(),
  due_at bigint,
  last_sent_at bigint,
  claim_token uuid,
  claimed_until bigint,
  retry_at bigint,
  attempts int not null default 0,
  primary key (receiver, group_key)
);
create index on tocsin.group_due (due_at);

create table tocsin.members (
  receiver text,
  group_key text,
  alert_id text,
  primary key (receiver, group_key, alert_id)
);

create table tocsin.notifications (
  id text primary key,
  receiver text not null,
  group_key text not null,
  thread_id uuid not null,
  at bigint not null,
  receipt text,
  status text not null,
  alerts jsonb not null
);
create index on tocsin.notifications (at);
create index on tocsin.notifications (thread_id);

create table tocsin.receiver_states (
  receiver text primary key,
  last_accepted_at bigint,
  last_error text,
  last_error_at bigint,
  dead boolean not null default false
);

create table tocsin.inbox (id text primary key, at bigint not null, message jsonb not null);
create index on tocsin.inbox (at);

create table tocsin.accepted_rules (
  id int primary key default 1 check (id = 1),
  files jsonb not null,
  accepted_at bigint not null
);
`,
} as const;
