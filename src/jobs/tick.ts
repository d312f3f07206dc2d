import cron from 'node-cron';
import type { DueKey } from '../model/claim.ts';
import type { Store } from '../model/store.ts';
import { fingerprint } from '../model/labels.ts';
import type { Runtime } from './runtime.ts';
import type { Queues } from './queues.ts';
import { slotsSince } from './slots.ts';

export interface TickDeps {
  readonly store: Store;
  readonly queues: Pick<Queues, 'add'>;
  readonly runtime: Pick<Runtime, 'live'>;
  /** The latest instant at which something asked for each group to be judged. */
  readonly wanted: ReadonlyMap<string, number>;
  /** Judging and machine clock, unix ms. */
  readonly now: () => number;
  readonly machineNow: () => number;
  /** Whether this process is about to tell a group anyway. */
  readonly isTelling?: (key: DueKey) => boolean;
  readonly onError: (error: unknown, during: string) => void;
}

/** When each source was read last: unix ms, judging clock. */
type LastRuns = ReadonlyMap<string, number>;

/** A group that slept through more slots than this is evaluated at the newest ones. */
const MOST_SLOTS = 10;

/**
 * Enqueues whatever is due and not done yet, so that an emptied queue is full again after one tick: batches and groups by slot,
 * groups past a deadline, groups whose readings were not judged, messages past due. Whether it is done, the store knows.
 */
export class Tick {
  readonly #deps: TickDeps;
  #running: Promise<boolean> | undefined;
  #again = false;

  constructor(deps: TickDeps) {
    this.#deps = deps;
  }

  /** Waits for the tick that runs, if one does. */
  async settled(): Promise<void> {
    await this.#running;
  }

  /** Runs one tick; a call while one runs makes it run once more. False when any part of it failed. */
  run(): Promise<boolean> {
    this.#again = this.#running !== undefined;
    this.#running ??= this.#loop().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #loop(): Promise<boolean> {
    let fine: boolean;
    do {
      this.#again = false;
      const lastRuns = this.#deps.store.lastRuns();
      const parts = [
        // Deadlines that passed are judged before what is read now.
        await this.#part('evaluate', async () => this.#evaluate(await lastRuns)),
        await this.#part('collect', async () => this.#collect(await lastRuns)),
        await this.#part('deliver', async () => this.#deliver()),
      ];
      fine = parts.every(Boolean);
    } while (this.#again);
    return fine;
  }

  async #part(name: 'collect' | 'evaluate' | 'deliver', work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      this.#deps.onError(error, name);
      return false;
    }
  }

  /** A poll that was missed cannot be made good: only the newest slot counts. */
  async #collect(lastRun: LastRuns): Promise<void> {
    const { runtime, queues, now } = this.#deps;
    for (const { name, every, sources } of runtime.live.batches.values()) {
      const last = Math.min(...sources.map(({ id }) => lastRun.get(id) ?? 0));
      for (const slot of slotsSince(last, now(), every, 1))
        await queues.add('collect', `${name}.${slot}`, { batch: name, slot });
    }
  }

  async #evaluate(lastRun: LastRuns): Promise<void> {
    const { runtime, queues, store, wanted, now } = this.#deps;
    const states = await store.groupStates();
    const at = now();
    for (const { name, interval } of runtime.live.groups.values()) {
      const { evaluatedAt = 0, deadline = Infinity } = states.get(name) ?? {};
      const readings = runtime.live.sourcesOf(name).map((source) => lastRun.get(source) ?? 0);
      const instants = new Set([
        ...slotsSince(evaluatedAt, at, interval, MOST_SLOTS),
        ...(deadline <= at ? [deadline] : []),
        Math.max(wanted.get(name) ?? 0, ...readings),
      ]);
      for (const instant of [...instants].sort((a, b) => a - b)) {
        if (instant > evaluatedAt) await queues.add('evaluate', `${name}.${instant}`, { group: name, at: instant });
      }
    }
  }

  async #deliver(): Promise<void> {
    const { store, queues, now, machineNow, isTelling } = this.#deps;
    for (const key of await store.dueGroups(now(), machineNow())) {
      if (!isTelling?.(key)) await queues.add('deliver', deliverId(key), key);
    }
  }
}

/** Names a receiver's group in the queue. */
export function deliverId({ receiver, groupKey }: { readonly receiver: string; readonly groupKey: string }): string {
  return fingerprint({ receiver, groupKey });
}

/** The clock: one tick a second, on the second, unless one still runs. Returns how to stop. */
export function everySecond(tick: () => Promise<void>): () => Promise<void> {
  let running = false;
  const once = async () => {
    if (running) return;
    running = true;
    await tick().finally(() => (running = false));
  };
  const task = cron.schedule('* * * * * *', once, { timezone: 'UTC', suppressMissedWarning: true });
  return async () => {
    await task.destroy();
  };
}
