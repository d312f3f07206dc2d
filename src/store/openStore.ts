import { sql } from 'kysely';
import { Pool } from 'pg';
import type { NotifierIo } from '../model/config.ts';
import type { Secret } from '../model/secret.ts';
import type { Store } from '../model/store.ts';
import { acknowledge, acknowledgements, addNote, notes, unacknowledge } from './acknowledgements.ts';
import { audit, writeAudit } from './audit.ts';
import { acceptedRules, acceptRules } from './acceptedRules.ts';
import { claimAhead, reserveTransitions } from './ahead.ts';
import { claim, claimStale, unclaim } from './claim.ts';
import { type Database, onPool } from './database.ts';
import {
  alerts,
  commitEvaluation,
  firingLike,
  groupState,
  groupStates,
  removeAlerts,
  strayAlerts,
} from './evaluation.ts';
import { follow, history, origins } from './follow.ts';
import { latest, samplesSince } from './latest.ts';
import { findRoom, maintain } from './maintain.ts';
import { countLogs, countSums, findLogs, keepLogs, largestSums, logKeys, logPosition } from './logs.ts';
import { migrate } from './migrate.ts';
import { isUsed, useOnce } from './once.ts';
import { alertHistory, episodes, inbox, keepInbox, lastRuns, receiverStates, sent, sourceStates } from './people.ts';
import { commitPosts, keepPosts, keptPosts, postedAlerts } from './posts.ts';
import { recorded } from './recorded.ts';
import { saveOwn, saveReadings } from './samples.ts';
import { declare } from './series.ts';
import { addSilence, editSilence, expireSilence, silence, silences } from './silences.ts';
import { regroup } from './regroup.ts';
import { dueGroups, freeClaims, nextDue, release } from './telling.ts';
import { park, told } from './told.ts';
import { story } from './story.ts';
import { blocksRead, undoneBlocks } from './undone.ts';
import { wake } from './wake.ts';

const CONNECTIONS = 10;

/** Opens the store and brings its schema up to date. A pool that is passed in stays open after `close`. */
export async function openStore(
  options: { readonly log: NotifierIo['log'] } & ({ readonly url: Secret } | { readonly pool: Pool }),
): Promise<Store> {
  const pool = 'pool' in options ? options.pool : openPool(options.url, options.log);
  const close = async () => ('pool' in options ? undefined : pool.end());
  try {
    await migrate(pool);
  } catch (error) {
    await close();
    throw error;
  }
  return { ...storeOn(onPool(pool)), close };
}

function openPool(url: Secret, log: NotifierIo['log']): Pool {
  const pool = new Pool({ connectionString: url.reveal(), max: CONNECTIONS, application_name: 'tocsin' });
  // An idle connection that breaks is replaced on demand; without a listener it would end the process.
  pool.on('error', (error) => log({ reason: error.message }, 'database connection lost'));
  return pool;
}

type Bound = Omit<Store, 'close' | 'ping'>;

/** Each takes the database before what the store's own method takes. */
const METHODS: {
  readonly [Name in keyof Bound]: (db: Database, ...rest: Parameters<Bound[Name]>) => ReturnType<Bound[Name]>;
} = {
  logPosition,
  keepLogs,
  findLogs,
  countLogs,
  logKeys,
  largestSums,
  countSums,
  declare,
  saveReadings,
  saveOwn,
  history,
  recorded,
  blocksRead,
  undoneBlocks,
  follow,
  lastRuns,
  origins,
  latest,
  samplesSince,
  groupStates,
  groupState,
  alerts,
  strayAlerts,
  commitEvaluation,
  removeAlerts,
  postedAlerts,
  keepPosts,
  keptPosts,
  commitPosts,
  dueGroups,
  nextDue,
  claim,
  claimAhead,
  reserveTransitions,
  claimStale,
  unclaim,
  freeClaims,
  told,
  park,
  firingLike,
  wake,
  regroup,
  release,
  addSilence,
  editSilence,
  expireSilence,
  silence,
  silences,
  acknowledge,
  unacknowledge,
  acknowledgements,
  addNote,
  notes,
  writeAudit,
  audit,
  useOnce,
  isUsed,
  acceptRules,
  acceptedRules,
  sourceStates,
  receiverStates,
  sent,
  alertHistory,
  episodes,
  story,
  keepInbox,
  inbox,
  maintain,
  findRoom,
};

function storeOn(db: Database): Omit<Store, 'close'> {
  const bound = Object.entries(METHODS).map(([name, method]) => {
    const run = method as (...all: readonly unknown[]) => unknown;
    return [name, (...rest: readonly unknown[]) => run(db, ...rest)];
  });
  return { ...(Object.fromEntries(bound) as Bound), ping: async () => void (await sql`select 1`.execute(db)) };
}
