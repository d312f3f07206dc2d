import { sql } from 'kysely';
import { Pool } from 'pg';
import type { NotifierIo } from '../model/config.ts';
import type { Secret } from '../model/secret.ts';
import type { Store } from '../model/store.ts';
import { acknowledge, acknowledgements, addNote, notes, unacknowledge } from './acknowledgements.ts';
import { audit, writeAudit } from './audit.ts';
import { acceptedRules, acceptRules } from './acceptedRules.ts';
import { claim } from './claim.ts';
import { type Database, onPool } from './database.ts';
import { alerts, commitEvaluation, groupState, groupStates, removeAlerts, strayAlerts } from './evaluation.ts';
import { follow, history, origins } from './follow.ts';
import { findRoom, maintain } from './maintain.ts';
import { migrate } from './migrate.ts';
import { inbox, keepInbox, lastRuns, receiverStates, sent, sourceStates } from './people.ts';
import { saveOwn, saveReadings } from './samples.ts';
import { declare } from './series.ts';
import { addSilence, editSilence, expireSilence, silence, silences } from './silences.ts';
import { dueGroups, freeClaims, release, told } from './telling.ts';

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

function storeOn(db: Database): Omit<Store, 'close'> {
  const bind =
    <Rest extends unknown[], Answer>(method: (db: Database, ...rest: Rest) => Answer) =>
    (...rest: Rest) =>
      method(db, ...rest);
  return {
    declare: bind(declare),
    saveReadings: bind(saveReadings),
    saveOwn: bind(saveOwn),
    history: bind(history),
    follow: bind(follow),
    lastRuns: bind(lastRuns),
    origins: bind(origins),
    groupStates: bind(groupStates),
    groupState: bind(groupState),
    alerts: bind(alerts),
    strayAlerts: bind(strayAlerts),
    commitEvaluation: bind(commitEvaluation),
    removeAlerts: bind(removeAlerts),
    dueGroups: bind(dueGroups),
    claim: bind(claim),
    freeClaims: bind(freeClaims),
    told: bind(told),
    release: bind(release),
    addSilence: bind(addSilence),
    editSilence: bind(editSilence),
    expireSilence: bind(expireSilence),
    silence: bind(silence),
    silences: bind(silences),
    acknowledge: bind(acknowledge),
    unacknowledge: bind(unacknowledge),
    acknowledgements: bind(acknowledgements),
    addNote: bind(addNote),
    notes: bind(notes),
    writeAudit: bind(writeAudit),
    audit: bind(audit),
    acceptRules: bind(acceptRules),
    acceptedRules: bind(acceptedRules),
    sourceStates: bind(sourceStates),
    receiverStates: bind(receiverStates),
    sent: bind(sent),
    keepInbox: bind(keepInbox),
    inbox: bind(inbox),
    maintain: bind(maintain),
    findRoom: bind(findRoom),
    ping: async () => void (await sql`select 1`.execute(db)),
  };
}
