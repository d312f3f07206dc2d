/**
 * Blocks at which samples were read, with the transaction that wrote them, as long as a reorganisation may undo them; what was taken
 * back then, for whoever follows; and recorded series of which something since `since` was made of it.
 */
export const undone = {
  name: '0042_undone',
  sql: `
create table tocsin.read_blocks (
  chain text not null,
  block bigint not null,
  hash text not null,
  undone boolean not null default false,
  xid xid8 not null default pg_current_xact_id(),
  primary key (chain, hash, xid)
);

create table tocsin.undone_samples (
  series_id int not null,
  at bigint not null,
  seen_at bigint not null,
  chain text,
  block bigint,
  xid xid8 not null default pg_current_xact_id(),
  primary key (series_id, at, xid)
);
create index on tocsin.undone_samples (xid);

create table tocsin.doubted_series (
  series_id int not null,
  since bigint not null,
  xid xid8 not null default pg_current_xact_id(),
  primary key (series_id, xid)
);
`,
} as const;
