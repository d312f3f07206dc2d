import type { Clock } from '../io/clock.ts';
import type { Say } from '../jobs/own.ts';
import type { Store } from '../model/store.ts';
import type { AppOptions, OnStop } from './options.ts';

interface GapDeps {
  readonly clock: Pick<Clock, 'now' | 'machineNow'>;
  readonly say: Say;
  /** When something was judged last before this start: unix ms, judging clock; undefined when nothing ever was. */
  readonly lastJudged: number | undefined;
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
 * at once by itself, since every group is late. Where blocks make the time it jumps by hours, and nothing was missed.
 */
export function watchGaps({ settings, log }: AppOptions, onStop: OnStop, deps: GapDeps): void {
  if (settings.clock.follow === 'chain') return;
  const { clock, say } = deps;
  const gaps = gapsSince(deps);
  const look = async () => {
    const ms = gaps.look(clock.machineNow());
    if (ms === undefined) return;
    await say('tocsin_gap_seconds', {}, Math.round(ms / 1000)).catch((err: unknown) => {
      gaps.sayAgain();
      log.warn({ err }, 'could not say how long nothing was judged; trying again');
    });
  };
  void look();
  const looking = setInterval(() => void look(), LOOK_EVERY);
  onStop(async () => clearInterval(looking));
}

interface Gaps {
  /** What is to be said now: ms without a judgement, 0 when that is over; undefined when it was said. */
  readonly look: (machineNow: number) => number | undefined;
  readonly sayAgain: () => void;
}

function gapsSince({ clock, lastJudged: before }: GapDeps): Gaps {
  let seen = clock.machineNow();
  let gap = before === undefined ? 0 : clock.now() - before;
  let until = seen + HOLD;
  let isSaid = false;
  return {
    look: (at) => {
      if (at - seen >= LEAST) [gap, until, isSaid] = [at - seen, at + HOLD, false];
      else if (gap > 0 && at >= until) [gap, isSaid] = [0, false];
      seen = at;
      if (isSaid) return undefined;
      isSaid = true;
      return gap < LEAST ? 0 : gap;
    },
    sayAgain: () => (isSaid = false),
  };
}
