import type { EvaluatedView } from '../alerts/groupEvaluator.ts';
import { NAME, without } from '../model/labels.ts';
import type { Labels } from '../model/labels.ts';
import type { Store } from '../model/store.ts';
import type { Cursor, History } from '../model/stored.ts';
import { Windows, type Needs } from '../series/index.ts';
import type { Live } from './live.ts';

/** The windows of this process, kept level with the database. */
export interface LiveWindows {
  readonly view: EvaluatedView;
  /** Takes over what was committed since; callers at the same time share one query. */
  readonly follow: () => Promise<void>;
  /** What had been committed when it was taken over last. */
  readonly cursor: () => Cursor;
  /** Finds prices that stand still while peers move, for the evaluation at `now`. */
  readonly judgeFrozen: (now: number) => void;
  /** Label sets of the prices found, without the metric's name. */
  readonly frozen: () => readonly Labels[];
  /** Forgets what no rule can look back to any more. */
  readonly prune: (now: number) => void;
  /** Reads what other needs ask for beyond what is held; what is held stays. */
  readonly cover: (needs: Needs, now: number) => Promise<void>;
  /** Forgets what these needs do not ask for. */
  readonly narrow: (needs: Needs) => void;
}

/** Fills the windows with the history that the rules look back on. */
export async function openWindows(store: Store, windows: Windows, live: Live, now: number): Promise<LiveWindows> {
  let cursor: Cursor = await fill(windows, await store.history(sinceOf(live.needs, now)), now);
  const follow = oneAtATime(read);
  let metrics = [...live.needs.keys()];
  let still: readonly Labels[] = [];
  return {
    ...{ view: windows, follow, judgeFrozen, cover, narrow },
    cursor: () => cursor,
    prune: (at) => windows.prune(at),
    frozen: () => still,
  };

  async function cover(needs: Needs, at: number): Promise<void> {
    const missing = windows.missing(needs);
    if (missing.size > 0) {
      const before = cursor;
      windows.cover(missing, await readPast(store, missing, at));
      // What was followed meanwhile left these metrics out.
      cursor = before;
    }
    metrics = [...new Set([...metrics, ...needs.keys()])];
  }

  function narrow(needs: Needs): void {
    windows.narrow(needs);
    metrics = [...needs.keys()];
  }

  function judgeFrozen(at: number): void {
    still = windows.judgeFrozen(at).map(({ series }) => without(series.labels, [NAME]));
  }

  async function read(): Promise<void> {
    const asked = metrics;
    const followed = await store.follow(cursor, asked);
    // What was asked without metrics that have come meanwhile is asked again.
    if (asked === metrics) ({ cursor } = followed);
    windows.apply(followed);
  }
}

/** Runs one after the other. A query that already runs may have missed what its caller just wrote: late callers share the next one. */
function oneAtATime(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let queued: Promise<void> | undefined;
  return async function again(): Promise<void> {
    if (running === undefined) {
      running = run().finally(() => (running = undefined));
      return running;
    }
    queued ??= running
      .catch(() => undefined)
      .then(async () => {
        queued = undefined;
        return again();
      });
    return queued;
  };
}

/** The history of some metrics, in windows of their own. */
async function readPast(store: Store, needs: Needs, now: number): Promise<Windows> {
  const windows = new Windows(needs);
  await fill(windows, await store.history(sinceOf(needs, now)), now);
  return windows;
}

/** Takes a history in, part by part, and forgets what nobody looks back to. */
export async function fill(windows: Windows, { cursor, series, samples }: History, now: number): Promise<Cursor> {
  windows.apply({ series, samples: [] });
  for await (const part of samples) windows.apply({ series: [], samples: part });
  windows.prune(now);
  return cursor;
}

function sinceOf(needs: Needs, now: number): ReadonlyMap<string, number> {
  return new Map([...needs].map(([metric, ms]) => [metric, now - ms - SLACK]));
}

/** History read beyond what the rules look back, so that the value standing at the window's start is there: ms. */
const SLACK = 86_400_000;
