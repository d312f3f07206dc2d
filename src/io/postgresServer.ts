import { execFile, spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client } from 'pg';
import type { NotifierIo } from '../model/config.ts';
import type { Account } from './postgresAccount.ts';
import type { PostgresBinaries } from './postgresBinaries.ts';
import { PostgresError } from './postgresError.ts';
import { serves, startOf } from './postgresProcess.ts';

const run = promisify(execFile);
const SETTINGS = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'max_connections=150',
  'max_wal_size=256MB',
  // Its pages are in memory or on flash: what is looked up by an index is not read through whole tables.
  'random_page_cost=1.1',
  'jit=off',
];
/** What a start meets while an earlier server's processes still leave, or when the port was taken meanwhile. */
const PASSING = /lock file|shared memory|TCP\/IP/;
/** What it says to clients while it starts and stops: nothing anybody must act on. */
const ORDINARY = /starting up|shutting down|administrator command/;
const RETRY_MS = 100;
const PATIENCE_MS = 10_000;

/** A data folder and what runs on it. */
export interface ServerPlace {
  readonly binaries: PostgresBinaries;
  readonly account: Account;
  /** Absolute and without symbolic links. */
  readonly folder: string;
  readonly log: NotifierIo['log'];
}

/**
 * Ends a server whose owner was killed. A lock file that names another program (pids come round, in containers at
 * once) is removed; one that names nobody is left, because PostgreSQL clears it itself once the dead server's
 * children are settled. The caller holds the owner lock.
 */
export async function endOrphan(place: ServerPlace): Promise<void> {
  const file = join(place.folder, 'postmaster.pid');
  if (!existsSync(file)) return;
  const pid = Math.abs(Number.parseInt(readFileSync(file, 'utf8'), 10));
  if (startOf(pid) === undefined) return;
  if (serves(pid, place.folder)) return stopServer(place);
  rmSync(file);
}

/** Starts the server, on `given` or a free port, and resolves with the port once it accepts connections. */
export async function startServer(place: ServerPlace, password: string, given?: number): Promise<number> {
  for (const deadline = Date.now() + PATIENCE_MS; ; await sleep(RETRY_MS)) {
    const port = given ?? (await freePort());
    const failure = await launch(place, port, password);
    if (failure === undefined) return port;
    if (Date.now() > deadline || !PASSING.test(failure)) {
      throw new PostgresError(`The private database in "${place.folder}" does not start: "${failure}".`);
    }
  }
}

/** Ends the server, whoever started it; returns once it is settled. */
export async function stopServer({ binaries, account, folder }: ServerPlace): Promise<void> {
  const stop = async (mode: string) =>
    run(binaries.pgCtl, ['-D', folder, 'stop', '-w', '-t', '20', '-m', mode], { ...account, env: environment() });
  if (!existsSync(join(folder, 'postmaster.pid'))) return;
  await stop('fast').catch(() => stop('immediate'));
}

/** The server needs nothing of our environment, which holds secrets. C keeps its messages English. */
export function environment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], SystemRoot: process.env['SystemRoot'], LC_ALL: 'C' };
}

export function connectionString(port: number, password: string): string {
  return `postgres://tocsin:${password}@127.0.0.1:${port}/postgres`;
}

/** Resolves with nothing when it serves, with PostgreSQL's own words when it ended instead. */
async function launch(place: ServerPlace, port: number, password: string): Promise<string | undefined> {
  const settings = SETTINGS.flatMap((setting) => ['-c', setting]);
  // Detached: Ctrl-C goes to the whole foreground group, and the server must outlive our draining.
  const server = spawn(place.binaries.postgres, ['-D', place.folder, '-p', String(port), ...settings], {
    ...place.account,
    env: environment(),
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const settled = new AbortController();
  const said: string[] = [];
  server.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (!settled.signal.aborted) said.push(...complaints(text));
    for (const reason of complaints(text)) place.log({ reason }, 'private database complains');
  });
  const ended = new Promise<string>((resolve) => {
    server.once('error', (error) => resolve(error.message));
    server.once('close', (code) => resolve(said.join(' ') || `it ended with code ${code}`));
  });
  return Promise.race([answers(port, password, settled.signal), ended]).finally(() => settled.abort());
}

function complaints(text: string): string[] {
  const lines = text.split('\n').filter((line) => /FATAL|PANIC/.test(line) && !ORDINARY.test(line));
  return lines.map((line) => line.replace(/^.*?(FATAL|PANIC)/, '$1'));
}

async function answers(port: number, password: string, settled: AbortSignal): Promise<undefined> {
  while (!settled.aborted) {
    const client = new Client({ connectionString: connectionString(port, password), connectionTimeoutMillis: 2000 });
    client.on('error', () => undefined);
    const connected = await client.connect().then(
      () => true,
      () => false,
    );
    await client.end();
    if (connected) return undefined;
    await sleep(20);
  }
  return undefined;
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => probe.once('error', reject).listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
