import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { serves } from './postgresProcess.ts';
import { endOrphan, startServer } from './postgresServer.ts';
import type { ServerPlace } from './postgresServer.ts';

/** Between two looks: machine ms. */
const EVERY = 1000;

/** Starts the server again, on its port, when it ended without being asked to: out of memory, or a full disk. Returns how to stop looking. */
export function keepServing(place: ServerPlace, password: string, port: number): () => Promise<void> {
  const ending = new AbortController();
  const looking = look(place, { password, port, ending: ending.signal });
  return async () => {
    ending.abort();
    await looking;
  };
}

interface Kept {
  readonly password: string;
  readonly port: number;
  readonly ending: AbortSignal;
}

async function look(place: ServerPlace, { password, port, ending }: Kept): Promise<void> {
  while (await sleep(EVERY, true, { signal: ending, ref: false }).catch(() => false)) {
    if (isServing(place.folder)) continue;
    place.log({}, 'private database ended; starting it again');
    await restart(place, password, port).catch((error: Error) =>
      place.log({ reason: error.message }, 'private database does not start; trying again'),
    );
  }
}

async function restart(place: ServerPlace, password: string, port: number): Promise<void> {
  await endOrphan(place);
  await startServer(place, password, port);
}

function isServing(folder: string): boolean {
  const file = join(folder, 'postmaster.pid');
  if (!existsSync(file)) return false;
  return serves(Math.abs(Number.parseInt(readFileSync(file, 'utf8'), 10)), folder);
}
