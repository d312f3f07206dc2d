import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Status } from '../src/model/status.ts';
import { TOCSIN } from './entry.ts';

export interface WorkerOptions {
  /** Working folder: `tocsin.yaml`, `rules/` and `data/`. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly onLine?: (line: string) => void;
  /** What node runs; Tocsin unless given. */
  readonly entry?: readonly string[];
}

/** A worker as users run it: `tocsin run` in a process of its own. */
export interface RunningWorker {
  readonly pid: number;
  /** With the token. */
  readonly url: string;
  readonly status: () => Promise<Status>;
  readonly get: (path: string) => Promise<Response>;
  readonly kill: (signal: NodeJS.Signals) => Promise<void>;
}

/** Starts a worker and waits for its dashboard. */
export async function startWorker({ folder, env, onLine, entry = TOCSIN }: WorkerOptions): Promise<RunningWorker> {
  const child = spawn(process.execPath, [...entry, 'run'], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  // So that it ends its database as well.
  const onExit = () => child.kill('SIGTERM');
  process.on('exit', onExit);
  void exited.then(() => process.off('exit', onExit));
  const last: string[] = [];
  const url = await new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        onLine?.(line);
        last.push(line);
        if (last.length > 20) last.shift();
        if (line.startsWith('Dashboard: ')) resolve(line.slice('Dashboard: '.length));
      });
    }
    void exited.then(([code]) => reject(new Error(`The worker ended with code ${code}:\n${last.join('\n')}`)));
  });
  const get = async (path: string) => fetch(new URL(path, url), { signal: AbortSignal.timeout(10_000) });
  return {
    pid: child.pid!,
    url,
    get,
    status: async () => {
      const answer = await get('/status.json');
      if (!answer.ok) throw new Error(`/status.json answered ${answer.status}: ${await answer.text()}`);
      return answer.json() as Promise<Status>;
    },
    kill: async (signal) => {
      child.kill(signal);
      await exited;
    },
  };
}
