/** What other programs posted, from the answer to their request until it is judged and committed. */
export const keptPosts = {
  name: '0022_kept_posts',
  sql: `
create table tocsin.kept_posts (
  id bigint generated always as identity primary key,
  kept_at timestamptz not null default clock_timestamp(),
  posts text not null
);
`,
} as const;
