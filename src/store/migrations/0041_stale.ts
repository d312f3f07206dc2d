/** `group_due.stale`: what the group's receiver shows is not what people have said of its alerts since. */
export const stale = {
  name: '0041_stale',
  sql: `
alter table tocsin.group_due add column stale boolean not null default false;
create index on tocsin.group_due (receiver) where stale;
`,
} as const;
