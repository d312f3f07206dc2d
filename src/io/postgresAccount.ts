import { execFile } from 'node:child_process';
import { chmod, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import type { NotifierIo } from '../model/config.ts';
import { PostgresError } from './postgresError.ts';

const run = promisify(execFile);
const USER = 'postgres';

/** Whom the server runs as; empty means as ourselves. */
export interface Account {
  readonly uid?: number;
  readonly gid?: number;
}

/** PostgreSQL refuses to run as root; for root it is the OS user `postgres`, which is made when absent. */
export async function serverAccount(): Promise<Account> {
  if (process.getuid?.() !== 0) return {};
  return lookUp().catch(async () => {
    await run('useradd', ['--system', '--no-create-home', '--user-group', USER]).catch((cause: unknown) => {
      const advice = 'Make it with `useradd --system postgres`, or run Tocsin as another user than root.';
      throw new PostgresError(`There is no user "${USER}" for the private database. ${advice}`, { cause });
    });
    return lookUp();
  });
}

async function lookUp(): Promise<Account> {
  const [uid, gid] = await Promise.all([run('id', ['-u', USER]), run('id', ['-g', USER])]);
  return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
}

/** Lets the account reach a folder: each parent gets the right to be passed through, never to be listed. */
export async function openWay(folder: string, account: Account, log: NotifierIo['log']): Promise<void> {
  if (account.uid === undefined) return;
  for (let at = folder; at !== dirname(at); at = dirname(at)) {
    const { mode, uid } = await stat(at);
    if (uid === account.uid || (mode & 0o001) !== 0) continue;
    await chmod(at, (mode & 0o7777) | 0o001);
    log({ folder: at }, 'folder may now be passed through by the database user');
  }
}
