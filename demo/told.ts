import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { openPrivatePostgres } from '../src/io/postgres.ts';
import type { AlertLevel } from '../src/model/alert.ts';
import type { Labels } from '../src/model/labels.ts';
import type { Stage } from './stage.ts';

/** One change of an alert, and who was told of it. */
export interface ToldChange {
  readonly alert: string;
  readonly level: AlertLevel;
  readonly labels: Labels;
  readonly state: 'firing' | 'level' | 'resolved' | 'removed';
  /** ISO 8601, judging clock. */
  readonly at: string;
  /** Seconds before the public disclosure; negative after it. */
  readonly lead_seconds: number;
  readonly receivers: readonly string[];
}

interface Row {
  readonly rule: string;
  readonly labels: Labels;
  readonly kind: ToldChange['state'];
  readonly from_level: AlertLevel;
  readonly to_level: AlertLevel;
  readonly at: number;
  readonly receivers: readonly string[];
  readonly waiting: number;
}

/** Waits until everything is told, then reads from the worker's own database what was told to whom. */
export async function readTold(stage: Stage, disclosure: number): Promise<readonly ToldChange[]> {
  const database = await openPrivatePostgres({ data: `${stage.folder}/data`, log: () => undefined });
  const client = new pg.Client({ connectionString: database.url.reveal() });
  await client.connect();
  try {
    const rows = await settled(client);
    return rows.map((row) => ({
      alert: row.rule,
      level: row.to_level ?? row.from_level,
      labels: row.labels,
      state: row.kind,
      at: new Date(row.at).toISOString(),
      lead_seconds: Math.round((disclosure - row.at) / 1000),
      receivers: row.receivers,
    }));
  } finally {
    await client.end();
    await database.stop();
  }
}

async function settled(client: pg.Client): Promise<readonly Row[]> {
  for (let tries = 0; ; tries++) {
    const { rows } = await client.query<Row>(`
      select t.rule, t.labels, t.kind, t.from_level, t.to_level, t.at::float8 as at,
        array_agg(g.receiver order by g.receiver) filter (where g.told_at is not null) as receivers,
        count(*) filter (where g.told_at is null)::int as waiting
      from tocsin.transitions t join tocsin.tellings g on t.id = any(g.transition_ids)
      group by t.id order by t.at, t.id`);
    if (tries > 100 || rows.every(({ waiting }) => waiting === 0)) return rows;
    await sleep(100);
  }
}

/** The id that every retry of a message carries. */
function messageId(blocks: readonly unknown[]): string {
  return (blocks[0] as { block_id: string }).block_id;
}

/** Messages that a sink accepted, and how many of them it had accepted before. */
export async function countReceived(
  stage: Stage,
): Promise<{ readonly delivered: number; readonly duplicates: number }> {
  const slack = stage.slack.received.filter(({ accepted }) => accepted).map(({ payload }) => messageId(payload.blocks));
  const mails = await Promise.all(stage.smtp.received.map(async (mail) => (await mail.parse()).messageId ?? mail.raw));
  const delivered = slack.length + mails.length;
  return { delivered, duplicates: delivered - new Set(slack).size - new Set(mails).size };
}
