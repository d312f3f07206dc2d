import { alertId } from '../model/alert.ts';
import type { Alert } from '../model/alert.ts';
import type { Claim } from '../model/claim.ts';
import type { Database } from './database.ts';
import type { ToldTransition, Written } from './transitions.ts';

export type Untold = Claim['untold'][number];

/** What this process has committed of late, so that it need not be read back. A transition never changes once it is stored. */
export interface Fresh {
  readonly transitions: Map<number, Untold>;
  /** By id, with the transaction that wrote it: what is stored is this while its row is of that transaction. */
  readonly alerts: Map<string, { readonly alert: Alert; readonly xid: string }>;
}

const byDatabase = new WeakMap<Database, Fresh>();
/** Entries of each kind; of those before them is read what is asked for. */
const MOST = 20_000;

export function freshOf(db: Database): Fresh {
  const known = byDatabase.get(db) ?? { transitions: new Map(), alerts: new Map() };
  byDatabase.set(db, known);
  return known;
}

/** To be called once it is committed. */
export function remember(
  db: Database,
  written: Written | undefined,
  { alerts, transitions }: { readonly alerts: readonly Alert[]; readonly transitions: readonly ToldTransition[] },
): void {
  if (written === undefined) return;
  const fresh = freshOf(db);
  const changed = new Set<string>();
  for (const [index, { transition, tellings }] of transitions.entries()) {
    if (tellings.length === 0) continue;
    const id = written.ids[index]!;
    fresh.transitions.set(id, { id, ...transition });
    changed.add(alertId(transition));
  }
  for (const alert of alerts) {
    const id = alertId(alert);
    if (changed.has(id)) fresh.alerts.set(id, { alert, xid: written.xid });
    else fresh.alerts.delete(id);
  }
  drop(fresh.transitions);
  drop(fresh.alerts);
}

function drop(entries: Map<unknown, unknown>): void {
  for (const key of entries.keys()) {
    if (entries.size <= MOST) return;
    entries.delete(key);
  }
}

/** A transition that was told is not asked for again; its alert is, while its group goes on. */
export function forget(db: Database, told: readonly { readonly claim: Claim }[]): void {
  const { transitions } = freshOf(db);
  for (const { claim } of told) for (const { id } of claim.untold) transitions.delete(id);
}
