/** Alerts that other programs post are of no rule here; what is appended to on every post keeps no check that one statement holds anyway. */
export const posted = {
  name: '0010_posted',
  sql: `
alter table tocsin.alerts add column posted boolean not null default false;
alter table tocsin.tellings drop constraint tellings_transition_id_fkey;
`,
} as const;
