import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Pool } from 'pg';
import { openPrivatePostgres } from '../../src/io/postgres.ts';
import { openStore } from '../../src/store/index.ts';
import { freshRedis, redisMissing } from '../support/redis.ts';
import type { Judgement } from './judge.ts';
import { runKilled } from './kill.ts';
import { runSeed } from './run.ts';

export interface SuiteOptions {
  readonly runs: number;
  readonly seed: number;
  /** Address of a server on which databases may be made; a private one unless given. */
  readonly server?: string;
  /** One in so many runs is a process that is really killed. */
  readonly killEvery?: number;
  readonly onWrong?: (seed: number, sentence: string) => void;
}

export interface SuiteTotal extends Omit<Judgement, 'wrong'> {
  readonly runs: number;
}

/** Runs many stories; those with real processes go on beside the others, since they mostly wait. */
export async function runSuite(options: SuiteOptions): Promise<SuiteTotal> {
  const { runs, seed, killEvery = 10 } = options;
  if (options.server === undefined) return withServer(async (server) => runSuite({ ...options, server }));
  const seeds = Array.from({ length: runs }, (_, index) => seed + index);
  const isKill = (each: number) => killEvery < Infinity && (each - seed) % killEvery === killEvery - 1;
  const judged = await Promise.all([
    ...[0, 1].map(async (lane) =>
      inTurn(
        seeds.filter((each) => !isKill(each) && each % 2 === lane),
        options,
        story(options.server!),
      ),
    ),
    ...[0, 1, 2].map(async (lane) =>
      inTurn(
        seeds.filter(isKill).filter((_, index) => index % 3 === lane),
        options,
        killing(options.server!),
      ),
    ),
  ]);
  const all = judged.flat();
  const sum = (key: Exclude<keyof Judgement, 'wrong'>) => all.reduce((total, each) => total + each[key], 0);
  return {
    runs: all.length,
    ...{ lost: sum('lost'), false_resolves: sum('false_resolves') },
    ...{ duplicates_in_window: sum('duplicates_in_window'), duplicates_outside: sum('duplicates_outside') },
  };
}

type Lane = () => Promise<{ readonly run: (seed: number) => Promise<Judgement>; readonly close: () => Promise<void> }>;

async function inTurn(seeds: readonly number[], { onWrong }: SuiteOptions, open: Lane): Promise<readonly Judgement[]> {
  if (seeds.length === 0) return [];
  const lane = await open();
  const judged: Judgement[] = [];
  for (const seed of seeds) {
    const judgement = await lane.run(seed);
    for (const sentence of judgement.wrong) onWrong?.(seed, sentence);
    judged.push(judgement);
  }
  await lane.close();
  return judged;
}

/** One database for all stories, emptied in between. */
function story(server: string): Lane {
  return async () => {
    const { url, drop } = await makeDatabase(server);
    const pool = new Pool({ connectionString: url });
    pool.on('error', () => undefined);
    const empty = await emptier(pool);
    return {
      run: async (seed) => {
        await empty();
        return runSeed(seed, pool);
      },
      close: async () => {
        await pool.end();
        await drop();
      },
    };
  };
}

function killing(server: string): Lane {
  return async () => {
    const { url, drop } = await makeDatabase(server);
    const redis = redisMissing() === undefined ? await freshRedis() : undefined;
    const pool = new Pool({ connectionString: url, max: 1 });
    const empty = await emptier(pool);
    return {
      run: async (seed) => {
        await empty();
        return runKilled(seed, { database: url, redis: seed % 2 === 0 ? undefined : redis });
      },
      close: async () => {
        await pool.end();
        await redis?.stop();
        await drop();
      },
    };
  };
}

async function emptier(pool: Pool): Promise<() => Promise<void>> {
  await openStore({ pool, log: () => undefined });
  const { rows } = await pool.query<{ name: string }>(
    `select format('tocsin.%I', relname) as name from pg_class c join pg_namespace n on n.oid = relnamespace
     where nspname = 'tocsin' and relkind in ('r', 'p') and not relispartition and relname <> 'migrations'`,
  );
  // Making new files for fifty empty tables and their indexes takes longer than deleting a few rows.
  const statement = `begin; ${rows.map(({ name }) => `delete from ${name};`).join(' ')} commit`;
  return async () => void (await pool.query(statement));
}

let databases = 0;

async function makeDatabase(server: string): Promise<{ url: string; drop: () => Promise<void> }> {
  const name = `faults_${process.pid}_${++databases}`;
  await ask(server, `create database ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.href, drop: async () => ask(server, `drop database ${name} with (force)`) };
}

async function ask(server: string, ...statements: readonly string[]): Promise<void> {
  const client = new Client({ connectionString: server });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}

async function withServer<Answer>(work: (server: string) => Promise<Answer>): Promise<Answer> {
  const data = await mkdtemp(join(tmpdir(), 'tocsin-faults-'));
  const server = await openPrivatePostgres({ data, log: () => undefined });
  const url = server.url.reveal();
  try {
    // Killed are workers, not the server: nothing here has to outlive it.
    const lax = ['fsync', 'synchronous_commit', 'full_page_writes'].map((name) => `alter system set ${name} = off`);
    await ask(url, ...lax, 'select pg_reload_conf()');
    return await work(url);
  } finally {
    await server.stop();
    await rm(data, { recursive: true, force: true });
  }
}
