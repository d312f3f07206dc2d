/** Logs of chains that were found by scanning, and how far each scan has come. */
export const logs = {
  name: '0020_logs',
  sql: `
create table tocsin.log_scans (
  id integer generated always as identity primary key,
  scan text not null unique,
  next bigint not null,
  hash text not null
);

create table tocsin.scanned_logs (
  scan_id integer not null references tocsin.log_scans (id) on delete cascade,
  block bigint not null,
  index integer not null,
  hash text not null,
  transaction text not null,
  keys text[] not null,
  args jsonb not null,
  primary key (scan_id, block, index)
);
create index scanned_logs_keys on tocsin.scanned_logs using gin (keys);
`,
} as const;
