import type { EvaluatedView } from '../alerts/groupEvaluator.ts';
import { NAME, without } from '../model/labels.ts';
import type { Labels } from '../model/labels.ts';
import type { Cursor, History, Store } from '../model/store.ts';
import { Windows, type Needs } from '../series/index.ts';
import type { Live } from './live.ts';

/** The windows of this process, kept level with the database. */
export interface LiveWindows {
  readonly view: EvaluatedView;
  /** Takes over what was committed since; callers at the same time share one query. */
  readonly follow: () => Promise<void>;
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
  let running: Promise<void> | undefined;
  let queued: Promise<void> | undefined;
  let metrics = [...live.needs.keys()];
  let still: readonly Labels[] = [];
  return { view: windows, follow, prune: (at) => windows.prune(at), judgeFrozen, frozen: () => still, cover, narrow };

  async function cover(needs: Needs, at: number): Promise<void> {
    const missing = windows.missing(needs);
    if (missing.size > 0) {
      const past = new Windows(missing);
      const readFrom = await fill(past, await store.history(sinceOf(missing, at)), at);
      await running?.catch(() => undefined);
      windows.cover(missing, past);
      // What was followed meanwhile left these metrics out.
      if (BigInt(readFrom) < BigInt(cursor)) cursor = readFrom;
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

  /** A query that already runs may have missed what its caller just wrote: late callers wait for the next one. */
  async function follow(): Promise<void> {
    if (running === undefined) {
      running = read().finally(() => (running = undefined));
      return running;
    }
    queued ??= running
      .catch(() => undefined)
      .then(async () => {
        queued = undefined;
        return follow();
      });
    return queued;
  }

  async function read(): Promise<void> {
    const followed = await store.follow(cursor, metrics);
    cursor = followed.cursor;
    windows.apply(followed);
  }
}

/** Takes a history in, part by part, and forgets of each what nobody looks back to. */
export async function fill(windows: Windows, { cursor, series, samples }: History, now: number): Promise<Cursor> {
  windows.apply({ series, samples: [] });
  for await (const part of samples) {
    windows.apply({ series: [], samples: part });
    windows.prune(now);
  }
  return cursor;
}

function sinceOf(needs: Needs, now: number): ReadonlyMap<string, number> {
  return new Map([...needs].map(([metric, ms]) => [metric, now - ms - SLACK]));
}

/** History read beyond what the rules look back, so that the value standing at the window's start is there: ms. */
const SLACK = 86_400_000;
