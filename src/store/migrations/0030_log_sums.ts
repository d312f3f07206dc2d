/** What the logs of a scan add up to by name. */
export const logSums = {
  name: '0030_log_sums',
  sql: `
create table tocsin.log_sums (
  scan_id integer not null references tocsin.log_scans (id) on delete cascade,
  name text not null,
  amount numeric not null,
  primary key (scan_id, name)
);
create index log_sums_largest on tocsin.log_sums (scan_id, amount desc);

alter table tocsin.scanned_logs add column amounts jsonb;
`,
} as const;
