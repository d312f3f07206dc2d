/** What a storm of alerts writes most of: posts live for a moment and need no compression, and nobody looks for an episode by its id. */
export const storms = {
  name: '0040_storms',
  sql: `
alter table tocsin.kept_posts alter column posts set storage external;
alter table tocsin.episodes drop constraint episodes_pkey;
alter table tocsin.members set (fillfactor = 80);
`,
} as const;
