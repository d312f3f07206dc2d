/**
 * `wakes` counts what may have let held-back groups go; `group_due.wakes` is the count at their last claim. A wake is thus never lost
 * to a claim that runs. What was told before beliefs were kept is believed.
 */
export const wakes = {
  name: '0003_wakes',
  sql: `
create table tocsin.wakes (id int primary key default 1 check (id = 1), count int not null);
create index on tocsin.group_due (parked) where parked;
update tocsin.members m set told_level = coalesce(a.level, '') from tocsin.alerts a, tocsin.group_due g
  where a.id = m.alert_id and a.state = 'firing' and g.receiver = m.receiver and g.group_key = m.group_key
    and g.last_sent_at is not null and not exists (
      select from tocsin.tellings t join tocsin.transitions x on x.id = t.transition_id
      where t.receiver = m.receiver and t.group_key = m.group_key and t.told_at is null and x.alert_id = m.alert_id);
`,
} as const;
