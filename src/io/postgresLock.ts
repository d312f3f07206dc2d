import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { startOf } from './postgresProcess.ts';

/** Who runs the private database, and how others reach it. */
export interface Owner {
  readonly pid: number;
  /** Tells the owner from a later process with the same pid. */
  readonly started: string;
  /** Absent until the server answers. */
  readonly port?: number;
  readonly passwordFile: string;
}

export interface OwnerLock {
  /** Lets other commands connect. */
  readonly publish: (port: number) => void;
  readonly release: () => void;
}

/** Takes the lock, or returns `undefined` while a living process holds it. */
export function takeLock(file: string, passwordFile: string): OwnerLock | undefined {
  const self: Owner = { pid: process.pid, started: startOf(process.pid) ?? '', passwordFile };
  if (!create(file, self) && !(bury(file) && create(file, self))) return undefined;
  return {
    publish: (port) => replace(file, { ...self, port }),
    release: () => rmSync(file, { force: true }),
  };
}

/** The living owner, or `undefined`. */
export function readOwner(file: string): Owner | undefined {
  const owner = parse(file);
  return owner !== undefined && startOf(owner.pid) === owner.started ? owner : undefined;
}

function parse(file: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Owner;
  } catch {
    return undefined;
  }
}

function create(file: string, owner: Owner): boolean {
  const draft = write(file, owner);
  try {
    linkSync(draft, file);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(draft);
  }
}

function replace(file: string, owner: Owner): void {
  renameSync(write(file, owner), file);
}

function write(file: string, owner: Owner): string {
  const draft = `${file}.${randomUUID()}`;
  writeFileSync(draft, JSON.stringify(owner), { mode: 0o600 });
  return draft;
}

/** Takes a dead owner's lock away; of several processes that try, a rename lets one win, and a living lock is put back. */
function bury(file: string): boolean {
  if (readOwner(file) !== undefined) return false;
  const grave = `${file}.${randomUUID()}`;
  try {
    renameSync(file, grave);
  } catch {
    return false;
  }
  const alive = readOwner(grave) !== undefined;
  if (alive) linkSync(grave, file);
  rmSync(grave);
  return !alive;
}
