import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { readIncident } from '../../demo/incident.ts';
import { setStage } from '../../demo/stage.ts';
import type { Stage } from '../../demo/stage.ts';
import { openPrivatePostgres } from '../../src/io/postgres.ts';
import { CLAIM_MS } from '../../src/jobs/deliver.ts';
import { freshRedis } from '../support/redis.ts';

export interface KillsOptions {
  readonly seed: number;
  readonly queue: 'postgres' | 'redis';
  /** Times at which the worker is killed, and times at which it is asked to end. */
  readonly kills: number;
  readonly stops: number;
  /** Times at which Redis forgets everything. */
  readonly flushes: number;
  readonly from?: string;
  readonly to?: string;
}

export interface Outcome {
  readonly seed: number;
  readonly queue: string;
  /** Changes of alerts times receivers, as the worker's database has them. */
  readonly tellings: number;
  /** Of those: not told, or told by a message that never reached the receiver. */
  readonly lost: number;
  /** Messages that the receivers accepted. */
  readonly delivered: number;
  /** Accepted again, or accepted without being recorded and then told again. */
  readonly duplicates: number;
  /** Duplicates whose first acceptance was not followed at once by a kill -9: a planned end excuses none. */
  readonly unexplained: number;
  readonly kills: number;
  readonly stops: number;
  readonly flushes: number;
  readonly seconds: number;
}

/** Plays a part of the incident while the worker is killed, asked to end and its queue emptied at moments that the seed draws. */
export async function runSeed(options: KillsOptions): Promise<Outcome> {
  const started = Date.now();
  const { seed, queue, from = '2025-11-03T11:00:00Z', to = '2025-11-03T18:00:00Z' } = options;
  const redis = queue === 'redis' ? await freshRedis() : undefined;
  const incident = readIncident(from, to);
  const stage = await setStage({ incident, env: redis === undefined ? {} : { REDIS_URL: redis.url.reveal() } });
  try {
    const killed: number[] = [];
    const faults = draw(options, incident.hours.length, {
      flush: async () => redis?.flush(),
      again: async (signal) => {
        await stage.worker.kill(signal);
        if (signal === 'SIGKILL') killed.push(Date.now());
        await stage.restart();
      },
    });
    for (const [index, hour] of incident.hours.entries()) {
      const playing = stage.play(hour);
      for (const fault of faults.filter((each) => each.hour === index)) {
        await sleep(fault.after);
        await fault.run();
      }
      await playing;
      await stage.judged(hour.at);
    }
    const counted = await count(stage, killed);
    const { kills, stops, flushes } = options;
    return { seed, queue, ...counted, kills, stops, flushes, seconds: Math.round((Date.now() - started) / 100) / 10 };
  } finally {
    await stage.close();
    await redis?.stop();
  }
}

interface Fault {
  readonly hour: number;
  /** Machine ms after the hour's first trade, or after the fault before it. */
  readonly after: number;
  readonly run: () => Promise<void>;
}

interface Doing {
  readonly flush: () => Promise<void>;
  /** Ends the worker by this signal and starts another one. */
  readonly again: (signal: NodeJS.Signals) => Promise<void>;
}

function draw({ seed, kills, stops, flushes }: KillsOptions, hours: number, { flush, again }: Doing): Fault[] {
  const random = rng(seed);
  const runs = [
    ...Array.from({ length: kills }, () => async () => again('SIGKILL')),
    ...Array.from({ length: stops }, () => async () => again('SIGTERM')),
    ...Array.from({ length: flushes }, () => flush),
  ];
  return runs.map((run) => ({ hour: Math.floor(random() * hours), after: random() * 1500, run }));
}

/** A small generator with a seed, 0 to 1 (mulberry32). */
function rng(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** From the acceptance of a message to its record, at the very most: machine ms. */
const RECORD_MS = 2000;

/** From the end of a process to the acceptance of what it had put on the wire, at the very most: machine ms. */
const WIRE_MS = 200;

interface Accepted {
  readonly id: string;
  readonly at: number;
}

async function accepted(stage: Stage): Promise<Readonly<Record<'slack' | 'email', readonly Accepted[]>>> {
  const slack = stage.slack.received
    .filter((message) => message.accepted)
    .map(({ at, payload }) => ({ at, id: (payload.blocks[0] as { block_id: string }).block_id }));
  const email = stage.smtp.received.map(({ at, raw }) => ({ at, id: /^Message-ID: <([^@]+)@/im.exec(raw)![1]! }));
  return { slack, email };
}

async function count(stage: Stage, killed: readonly number[]): Promise<Omit<Outcome, keyof KillsOptions | 'seconds'>> {
  const { tellings, untold, messages } = await readStore(stage);
  const all = await accepted(stage);
  const unrecorded = Object.entries(all).flatMap(([receiver, list]) => {
    const known = new Set(messages.filter((message) => message.receiver === receiver).map(({ id }) => id));
    // The last acceptance of an id that the store knows is the one that was recorded.
    return list.filter(({ id }, index) => !known.has(id) || list.slice(index + 1).some((later) => later.id === id));
  });
  const arrived = new Set(Object.values(all).flatMap((list) => list.map(({ id }) => id)));
  const missing = messages.filter(({ id, receiver }) => receiver !== 'inbox' && !arrived.has(id));
  const unexplained = unrecorded.filter(
    ({ at }) => !killed.some((kill) => at - kill < WIRE_MS && kill - at < RECORD_MS),
  );
  return {
    tellings,
    lost: untold + missing.length,
    delivered: Object.values(all).reduce((sum, list) => sum + list.length, 0),
    duplicates: unrecorded.length,
    unexplained: unexplained.length,
  };
}

interface Stored {
  readonly tellings: number;
  readonly untold: number;
  readonly messages: readonly { readonly id: string; readonly receiver: string }[];
}

/** Waits until all is told, as long as a dead process's claim can hold, and reads who was told. */
async function readStore(stage: Stage): Promise<Stored> {
  const database = await openPrivatePostgres({ data: `${stage.folder}/data`, log: () => undefined });
  const client = new pg.Client({ connectionString: database.url.reveal() });
  await client.connect();
  try {
    for (const end = Date.now() + CLAIM_MS + 20_000; ; await sleep(200)) {
      const { rows } = await client.query<{ tellings: number; untold: number }>(
        `select count(*)::int as tellings, (count(*) filter (where told_at is null))::int as untold
         from tocsin.tellings cross join unnest(transition_ids)`,
      );
      if (rows[0]!.untold > 0 && Date.now() < end) continue;
      const messages = await client.query<{ id: string; receiver: string }>(
        'select id, receiver from tocsin.notifications',
      );
      return { ...rows[0]!, messages: messages.rows };
    }
  } finally {
    await client.end();
    await database.stop();
  }
}
