/** What may be used a single time: signed links, requests of Slack's. Kept until it would be refused as too old anyway. */
export const once = {
  name: '0015_once',
  sql: `
create table tocsin.once (key text primary key, until bigint not null);
create index on tocsin.once (until);
`,
} as const;
