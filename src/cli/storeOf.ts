import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { chainClock, wallClock, type Clock } from '../io/clock.ts';
import { openPrivatePostgres } from '../io/postgres.ts';
import type { Config } from '../model/config.ts';
import type { Store } from '../model/store.ts';
import { openStore } from '../store/index.ts';

/** What a worker has left behind, or is writing now. */
export interface Opened {
  readonly store: Store;
  readonly close: () => Promise<void>;
}

const log = () => undefined;

/** Opens the store of these settings as a guest; `undefined` when no worker has ever run on the data folder. */
export async function openExisting({ databaseUrl, data }: Config): Promise<Opened | undefined> {
  if (databaseUrl !== undefined) {
    const store = await openStore({ url: databaseUrl, log });
    return { store, close: store.close };
  }
  if (!existsSync(join(data, 'pg'))) return undefined;
  const server = await openPrivatePostgres({ data, log });
  try {
    const store = await openStore({ url: server.url, log });
    const close = async () => {
      await store.close();
      await server.stop();
    };
    return { store, close };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** The judging clock of the configuration. */
export async function openClock({ clock, chains }: Config): Promise<Clock> {
  const rpc = clock.follow === 'chain' ? chains[clock.chain]?.rpc[0] : undefined;
  return rpc === undefined ? wallClock() : chainClock(rpc.reveal());
}
