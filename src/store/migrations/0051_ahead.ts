/** Groups that are told before their alerts are in the tables, which happens in a storm of posts: whose they are, and what was accepted. */
export const ahead = {
  name: '0051_ahead',
  sql: `
create table tocsin.ahead (
  receiver text not null,
  group_key text not null,
  token uuid not null unique default gen_random_uuid(),
  thread_id uuid not null default gen_random_uuid(),
  alert_ids text[] not null,
  -- When each of these alerts began to fire, and the ids that their transitions will have.
  ats bigint[] not null,
  transition_ids bigint[] not null,
  claimed_until bigint not null,
  retry_at bigint,
  attempts int not null default 0,
  said json,
  -- Some of these alerts are committed already, and with them the claim is in group_due.
  is_split boolean not null default false,
  made_at timestamptz not null default clock_timestamp(),
  primary key (receiver, group_key)
);
`,
} as const;
