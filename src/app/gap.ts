import type { Clock } from '../io/clock.ts';
import type { Say } from '../jobs/own.ts';
import type { Store } from '../model/store.ts';

export interface GapDeps {
  readonly clock: Pick<Clock, 'now' | 'machineNow'>;
  readonly say: Say;
  /** When something was judged last before this start: unix ms, judging clock; undefined when nothing ever was. */
  readonly lastJudged: number | undefined;
  readonly onError: (error: unknown) => void;
}

/** Time in which nothing was judged that is worth a word: ms. The rule `MonitoringGap` says from when on it rings. */
const LEAST = 60_000;
/** How long its series says so: ms, machine clock. By then all is judged again and told. */
const HOLD = 600_000;
const LOOK_EVERY = 1000;

/** When something was judged last, by whichever process. */
export async function lastJudged(store: Pick<Store, 'groupStates'>): Promise<number | undefined> {
  const instants = [...(await store.groupStates()).values()].map(({ evaluatedAt }) => evaluatedAt);
  return instants.length === 0 ? undefined : Math.max(...instants);
}

/**
 * Announces that nobody watched: Tocsin was down before this start, or the machine stood still meanwhile. What is true now is judged
 * at once by itself, since every group is late. Returns how to stop.
 */
export function watchGaps({ clock, say, lastJudged: before, onError }: GapDeps): () => void {
  let seen = clock.machineNow();
  let gap = before === undefined ? 0 : clock.now() - before;
  let until = seen + HOLD;
  let isSaid = false;
  const look = async () => {
    const at = clock.machineNow();
    if (at - seen >= LEAST) [gap, until, isSaid] = [at - seen, at + HOLD, false];
    else if (gap > 0 && at >= until) [gap, isSaid] = [0, false];
    seen = at;
    if (isSaid) return;
    isSaid = true;
    await say('tocsin_gap_seconds', {}, gap < LEAST ? 0 : Math.round(gap / 1000)).catch((error: unknown) => {
      isSaid = false;
      onError(error);
    });
  };
  void look();
  const looking = setInterval(() => void look(), LOOK_EVERY);
  return () => clearInterval(looking);
}
