/** Older places of a scan with their blocks' hashes, by which a deep reorganisation is told. */
export const logAnchors = {
  name: '0031_log_anchors',
  sql: `alter table tocsin.log_scans add column anchors jsonb not null default '[]';`,
} as const;
