/** `members.tried`: its receiver may know of the alert from a message whose acceptance was never heard of. */
export const tried = {
  name: '0004_tried',
  sql: 'alter table tocsin.members add column tried boolean not null default false;',
} as const;
