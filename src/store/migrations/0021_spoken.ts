/** `members.spoken_at`: when a message last spoke of the alert to its receiver. */
export const spoken = {
  name: '0021_spoken',
  sql: 'alter table tocsin.members add column spoken_at bigint;',
} as const;
