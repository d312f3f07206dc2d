import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';

/** When a process started, in a form only good for comparing; `undefined` once it has ended, zombies included. */
export function startOf(pid: number): string | undefined {
  return process.platform === 'linux' ? linuxStart(pid) : ps(pid, 'lstart=');
}

function linuxStart(pid: number): string | undefined {
  const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  if (stat === undefined) return undefined;
  const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return state === 'Z' || state === 'X' ? undefined : rest[18];
}

/** True when `pid` is the PostgreSQL server of this data folder, which is its working directory. */
export function serves(pid: number, folder: string): boolean {
  if (process.platform === 'linux') return attempt(() => readlinkSync(`/proc/${pid}/cwd`)) === folder;
  return ps(pid, 'command=')?.includes(folder) ?? false;
}

function ps(pid: number, column: string): string | undefined {
  const shown = attempt(() => execFileSync('ps', ['-o', column, '-p', String(pid)], { encoding: 'utf8' }).trim());
  return shown === '' ? undefined : shown;
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
