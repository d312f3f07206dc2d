import { openPrivatePostgres } from '../io/postgres.ts';
import { PostgresError } from '../io/postgresError.ts';
import { openQueues } from '../jobs/queues.ts';
import { createQuiet, reasonOf } from '../jobs/quiet.ts';
import { startUpkeep } from '../jobs/upkeep.ts';
import type { WorkerDeps } from '../jobs/worker.ts';
import type { Secret } from '../model/secret.ts';
import type { Store } from '../model/store.ts';
import { openStore } from '../store/index.ts';
import type { AppOptions, OnStop } from './options.ts';

/** Opens store and queues: private or by URL. */
export async function openDatabase(
  { settings, log }: AppOptions,
  now: () => number,
  onStop: OnStop,
): Promise<{ store: Store; queues: WorkerDeps['queues'] }> {
  const note = (event: Readonly<Record<string, unknown>>, message: string) => log.info(event, message);
  let url = settings.databaseUrl;
  if (url === undefined) {
    const database = await openPrivatePostgres({ data: settings.data, log: note, exclusive: true });
    onStop(database.stop);
    ({ url } = database);
  }
  const store = await openStore({ url, log: note }).catch((error: unknown) => {
    throw isUnreachable(error) ? unreachable(url, error) : error;
  });
  onStop(store.close);
  // Nobody else works on a private database: what is claimed in it was claimed by a process that is dead.
  if (settings.databaseUrl === undefined) await store.freeClaims();
  const onError = (error: unknown) => log.error({ reason: reasonOf(error) }, 'could not maintain the database');
  onStop(await startUpkeep({ maintain: async () => store.maintain(now()), onError }));
  const quiet = createQuiet(Date.now);
  const onLost = (error: Error) =>
    quiet(reasonOf(error), (held) => log.warn({ reason: reasonOf(error), held }, 'queue connection lost'));
  const backend = settings.redisUrl
    ? ({ kind: 'redis', url: settings.redisUrl } as const)
    : ({ kind: 'postgres', url } as const);
  const queues = await openQueues(backend, onLost);
  onStop(queues.close);
  return { store, queues };
}

/** PostgreSQL refused us, by a code of class 08, 28, 3D or 57, or the network did, by a code such as ECONNREFUSED. */
function isUnreachable(error: unknown): boolean {
  return /^(?:(?:08|28|3D|57)...|E[A-Z_]+)$/.test((error as { readonly code?: string }).code ?? '');
}

function unreachable(url: Secret, cause: unknown): PostgresError {
  const { host, pathname } = new URL(url.reveal());
  const what = `The database "${pathname.slice(1)}" on ${host} cannot be used: "${reasonOf(cause)}".`;
  return new PostgresError(`${what} Start it, or correct store.url or DATABASE_URL.`, { cause });
}
