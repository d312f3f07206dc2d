import type { Store } from '../model/store.ts';
import type { Runtime } from './runtime.ts';

export interface HeartbeatDeps {
  readonly store: Pick<Store, 'groupStates' | 'dueGroups'>;
  readonly runtime: Pick<Runtime, 'live'>;
  /** Judging and machine clock, unix ms. */
  readonly now: () => number;
  readonly machineNow: () => number;
  /** Machine ms between two beats. */
  readonly every: number;
  /** Tells whoever listens that all is well. */
  readonly beat: () => Promise<void>;
  readonly log: (event: Readonly<Record<string, unknown>>, message: string) => void;
}

/** A group may be this late, and a message may wait this long, before the round counts as broken: ms. */
const LATE = 30_000;

/**
 * Dead man's switch: its silence is the alarm. To be called after each tick that went well; beats when it is time and the whole way was
 * gone: every group was judged in its last interval, and nothing that could be sent waits. A beat that fails is tried with the next tick.
 */
export function createHeartbeat(deps: HeartbeatDeps): () => Promise<void> {
  const { machineNow, every, beat, log } = deps;
  let beatAt = -Infinity;
  let running = false;
  let said: string | undefined;
  return async () => {
    if (running || machineNow() - beatAt < every) return;
    running = true;
    try {
      const why = await brokenBy(deps);
      if (why === undefined) {
        await beat();
        beatAt = machineNow();
      } else if (why !== said) log({ why }, 'no heartbeat: the round is not whole');
      said = why;
    } catch (error) {
      log({ reason: error instanceof Error ? error.message : String(error) }, 'the heartbeat was not taken');
    } finally {
      running = false;
    }
  };
}

/** What keeps a round from being whole; undefined when it is. */
async function brokenBy({ store, runtime, now, machineNow }: HeartbeatDeps): Promise<string | undefined> {
  const [states, waiting] = await Promise.all([store.groupStates(), store.dueGroups(now() - LATE, machineNow())]);
  const at = now();
  const late = [...runtime.live.groups.values()].find(
    ({ name, interval }) => at - (states.get(name)?.evaluatedAt ?? 0) > 2 * interval + LATE,
  );
  if (late !== undefined) return `group "${late.name}" was not judged in time`;
  const [first] = waiting;
  return first === undefined ? undefined : `a message to "${first.receiver}" waits`;
}
