import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { chown, mkdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { NotifierIo } from '../model/config.ts';
import { Secret } from '../model/secret.ts';
import { keepServing } from './postgresKeeper.ts';
import { openWay, serverAccount } from './postgresAccount.ts';
import { findBinaries } from './postgresBinaries.ts';
import { PostgresError } from './postgresError.ts';
import { type OwnerLock, readOwner, takeLock } from './postgresLock.ts';
import {
  connectionString,
  endOrphan,
  environment,
  type ServerPlace,
  startServer,
  stopServer,
} from './postgresServer.ts';

const run = promisify(execFile);
const START_MS = 30_000;

export interface PrivatePostgres {
  readonly url: Secret;
  /** True for the one process that started the server. */
  readonly owner: boolean;
  /** Ends the server if we own it; close every pool first. */
  readonly stop: () => Promise<void>;
}

/**
 * Starts the private PostgreSQL of a data folder, or connects to the one that another Tocsin runs there.
 *
 * @throws {PostgresError} when `exclusive` is set and another Tocsin owns it, or when it cannot run here.
 */
export async function openPrivatePostgres(options: {
  readonly data: string;
  readonly log: NotifierIo['log'];
  readonly exclusive?: boolean;
}): Promise<PrivatePostgres> {
  await mkdir(options.data, { recursive: true });
  const data = await realpath(options.data);
  const lock = takeLock(join(data, 'tocsin.lock'), join(data, 'password'));
  if (lock === undefined) return attach(data, options.exclusive ?? false);
  try {
    return await own(data, lock, options.log);
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function attach(data: string, exclusive: boolean): Promise<PrivatePostgres> {
  const file = join(data, 'tocsin.lock');
  const pid = readOwner(file)?.pid;
  if (exclusive) {
    const advice = `Stop it first, or start this one with another folder (--data).`;
    throw new PostgresError(`Another Tocsin (process ${pid}) already runs on the data folder "${data}". ${advice}`);
  }
  for (const deadline = Date.now() + START_MS; Date.now() < deadline; await sleep(50)) {
    const owner = readOwner(file);
    if (owner === undefined) break;
    if (owner.port === undefined) continue;
    const url = new Secret(connectionString(owner.port, readFileSync(owner.passwordFile, 'utf8')));
    return { url, owner: false, stop: async () => undefined };
  }
  throw new PostgresError(`The private database of "${data}" is not up: its Tocsin just ended or hangs. Try again.`);
}

async function own(data: string, lock: OwnerLock, log: NotifierIo['log']): Promise<PrivatePostgres> {
  const [binaries, account] = await Promise.all([findBinaries(), serverAccount()]);
  const place: ServerPlace = { binaries, account, folder: join(data, 'pg'), log };
  await Promise.all([data, dirname(binaries.postgres)].map((folder) => openWay(folder, account, log)));
  const password = await passwordOf(data);
  if (!existsSync(place.folder)) await initialise(place, password);
  await checkVersion(place);
  await endOrphan(place);
  const port = await startServer(place, password);
  lock.publish(port);
  const letGo = keepServing(place, password, port);
  const stop = async () => {
    await letGo();
    await stopServer(place);
    lock.release();
  };
  return { url: new Secret(connectionString(port, password)), owner: true, stop };
}

async function passwordOf(data: string): Promise<string> {
  const file = join(data, 'password');
  if (!existsSync(file)) await writeFile(file, randomBytes(24).toString('hex'), { mode: 0o600 });
  return readFile(file, 'utf8');
}

/** Works beside the final folder and renames, so that a kill in the middle leaves nothing half made. */
async function initialise({ binaries, account, folder }: ServerPlace, password: string): Promise<void> {
  const draft = `${folder}.new`;
  const passwordFile = join(draft, 'password');
  const made = join(draft, 'pg');
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { mode: 0o700 });
  await writeFile(passwordFile, password, { mode: 0o600 });
  for (const path of [draft, passwordFile]) await chown(path, account.uid ?? -1, account.gid ?? -1);
  const options = ['--username=tocsin', '--auth=scram-sha-256', '--encoding=UTF8', '--locale=C'];
  await run(binaries.initdb, [`--pgdata=${made}`, `--pwfile=${passwordFile}`, ...options], {
    ...account,
    env: environment(),
  });
  await rename(made, folder);
  await rm(draft, { recursive: true });
}

async function checkVersion({ binaries, folder }: ServerPlace): Promise<void> {
  const found = (await readFile(join(folder, 'PG_VERSION'), 'utf8')).trim();
  if (found === binaries.major) return;
  const what = `The data in "${folder}" is of PostgreSQL ${found}, but this Tocsin brings PostgreSQL ${binaries.major}`;
  throw new PostgresError(`${what}. Move it over as docs/operations.md says under "Upgrade"; nothing was changed.`);
}
