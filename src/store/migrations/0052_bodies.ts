/** What is posted is kept as it came; `posts` is what an earlier version had read of it. */
export const bodies = {
  name: '0052_bodies',
  sql: `
alter table tocsin.kept_posts add column body bytea, add column at bigint;
alter table tocsin.kept_posts alter column posts drop not null, alter column body set storage external,
  add check ((posts is null) = (body is not null and at is not null));
`,
} as const;
