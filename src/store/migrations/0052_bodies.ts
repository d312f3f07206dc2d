/** What is posted is kept as it came, packed; what an earlier version left is put back into the form in which it came. */
export const bodies = {
  name: '0052_bodies',
  sql: `
alter table tocsin.kept_posts add column body bytea, add column at bigint, add column is_packed boolean not null default true;
update tocsin.kept_posts set is_packed = false, at = (posts::jsonb -> 0 ->> 'updatedAt')::float8::bigint, body = convert_to((
  select jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
    'labels', case when p ->> 'rule' = '' then '{}' else jsonb_build_object('alertname', p -> 'rule') end || (p -> 'labels'),
    'annotations', p -> 'annotations', 'generatorURL', p -> 'generatorUrl',
    'startsAt', to_char(to_timestamp((p ->> 'startsAt')::float8 / 1000) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'endsAt', to_char(to_timestamp((p ->> 'endsAt')::float8 / 1000) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))) order by n)
  from jsonb_array_elements(posts::jsonb) with ordinality as each(p, n))::text, 'UTF8');
alter table tocsin.kept_posts drop column posts, alter column body set not null, alter column at set not null,
  alter column body set storage external;
`,
} as const;
