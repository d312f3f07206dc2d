import { sql } from 'kysely';
import { labelsKey } from '../model/labels.ts';
import type { Labels } from '../model/labels.ts';
import type { Story } from '../model/story.ts';
import { type Database, query } from './database.ts';
import { ofTransition } from './telling.ts';

/** Changes and messages of one episode that are read; an alert that flaps for days has more. */
const MOST = 500;

type Row = Omit<Story, 'firedAt' | 'endedAt' | 'how' | 'peak' | 'peakAt' | 'messages'> & {
  readonly firedAt: number | null;
  readonly endedAt: number | null;
  readonly how: string | null;
  readonly peak: number | null;
  readonly peakAt: number | null;
  readonly messages: readonly (Story['messages'][number] & { readonly labels: Labels })[];
};

/** The episode that an alert is in, or was in last. */
export async function story(db: Database, alertId: string): Promise<Story | undefined> {
  const [row] = await query<Row>(db, storyOf(alertId));
  if (row === undefined) return undefined;
  const { messages, firedAt, endedAt, how, peak, peakAt, ...rest } = row;
  const key = labelsKey(rest.labels);
  return {
    ...rest,
    ...(firedAt !== null && { firedAt }),
    ...(endedAt !== null && { endedAt }),
    ...(how !== null && { how }),
    ...(peak !== null && { peak }),
    ...(peakAt !== null && { peakAt }),
    messages: messages.flatMap(({ labels, ...message }) => (labelsKey(labels) === key ? [message] : [])),
  };
}

function storyOf(alertId: string) {
  return sql<Row>`with e as materialized (
      select * from tocsin.episodes where alert_id = ${alertId} order by id desc limit 1
    ), x as materialized (
      select t.* from tocsin.transitions t, e where t.alert_id = ${alertId} and t.at >= e.started_at
        and t.active_at >= e.started_at and (e.ended_at is null or t.at <= e.ended_at) order by t.id limit ${MOST}
    )
    select e.alert_id as "alertId", e.rule, e.labels, e.started_at as "startedAt", e.fired_at as "firedAt",
      e.ended_at as "endedAt", e.how, e.peak, e.peak_at as "peakAt",
      (select coalesce(jsonb_agg(jsonb_build_object('at', at, 'kind', kind, 'from', from_level, 'to', to_level, 'value',
          case when value in ('Infinity', '-Infinity', 'NaN') then null else value end,
          'told', (select coalesce(jsonb_agg(jsonb_build_object('receiver', receiver, 'at', told_at, 'kept', kept)
            order by receiver), '[]') from tocsin.tellings where ${ofTransition(sql`x.id`)})) order by id), '[]') from x) as changes,
      (select coalesce(jsonb_agg(m order by m->'at'), '[]') from (
          select jsonb_build_object('receiver', n.receiver, 'at', n.at, 'changes', a->'changes', 'labels', a->'labels') as m
          from tocsin.notifications n, jsonb_array_elements(n.alerts) a
          where n.at >= e.started_at and a->>'rule' = e.rule and a->'labels' = e.labels
            and (e.ended_at is null or n.at <= coalesce((select max(told_at) from x join tocsin.tellings
              on ${ofTransition(sql`x.id`)}), e.ended_at))
          order by n.at limit ${MOST}) as found) as messages,
      (select coalesce(jsonb_agg(jsonb_build_object('by', by_whom, 'via', via, 'at', at, 'until', until, 'note', note,
          'endedAt', ended_at, 'endedBy', ended_by) order by at, id), '[]')
        from tocsin.acknowledgements where episode_id = e.id) as acknowledgements,
      (select coalesce(jsonb_agg(jsonb_build_object('alertId', alert_id, 'by', by_whom, 'via', via, 'at', at, 'text', text)
          order by at, id), '[]') from tocsin.notes where episode_id = e.id) as notes
    from e`;
}
