import { setImmediate as turn } from 'node:timers/promises';
import type { DueKey, Store } from '../model/store.ts';

export interface TellerDeps<Claimed> {
  readonly store: Pick<Store, 'dueGroups' | 'nextDue'>;
  /** Claims those of the groups that are due and that nobody else tells. */
  readonly claim: (keys: readonly DueKey[]) => Promise<readonly Claimed[]>;
  readonly keyOf: (claimed: Claimed) => DueKey;
  /** Tells one group to one receiver; says whether it was told. */
  readonly tell: (claimed: Claimed) => Promise<boolean>;
  /** Judging and machine clock, unix ms. */
  readonly now: () => number;
  readonly machineNow: () => number;
  readonly onError: (error: unknown) => void;
}

/** Groups that are told to one receiver at the same time. */
const MOST_SENDS = 24;
/** ms. */
const SOON = 5;
/** What is due later than this is left to the tick: ms. */
const AHEAD = 5000;

interface Lane {
  /** Ids of groups that wait for room. */
  readonly waiting: Map<string, Waiting>;
  running: number;
  claiming: boolean;
  soon: NodeJS.Timeout | undefined;
}

interface Waiting {
  readonly key: DueKey;
  readonly done: () => void;
}

/**
 * Tells groups the moment they are due, without a detour over the queue. The store says what is due, and a claim lets one process
 * alone tell it; the tick finds whatever is missed here. As many groups as there is room for are claimed together.
 */
export class Teller<Claimed> {
  readonly #deps: TellerDeps<Claimed>;
  readonly #lanes = new Map<string, Lane>();
  /** Groups that are being told here, or wait for room at their receiver. */
  readonly #taken = new Map<string, Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Infinity;
  #looking: Promise<void> | undefined;
  #again = false;
  #stopped = false;

  constructor(deps: TellerDeps<Claimed>) {
    this.#deps = deps;
  }

  /** True when the group is being told by this process, or waits for room. */
  has(key: DueKey): boolean {
    return this.#taken.has(idOf(key));
  }

  /** Looks at once for what is due. A call while it looks makes it look once more. */
  wake(): void {
    if (this.#stopped) return;
    this.#again = this.#looking !== undefined;
    this.#looking ??= this.#look()
      .catch(this.#deps.onError)
      .finally(() => {
        this.#looking = undefined;
        if (this.#again) this.wake();
      });
  }

  /** Tells a group now, unless that is done already or its receiver has no room: then the next tick finds it. */
  async tell(key: DueKey): Promise<void> {
    const lane = this.#lanes.get(key.receiver);
    if (this.has(key) || (lane !== undefined && lane.running >= MOST_SENDS)) return;
    this.#take([key]);
    await this.#taken.get(idOf(key));
  }

  /** Tells nothing more, and waits for what is on its way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#looking;
    for (const { waiting } of this.#lanes.values()) {
      for (const { done } of waiting.values()) done();
      waiting.clear();
    }
    await Promise.all(this.#taken.values());
  }

  async #look(): Promise<void> {
    const { store, now, machineNow } = this.#deps;
    const at = now();
    this.#take(await store.dueGroups(at, machineNow()));
    const next = await store.nextDue(at);
    if (next !== undefined && next - at <= AHEAD) this.#wakeAt(next);
  }

  #wakeAt(at: number): void {
    if (this.#stopped || at >= this.#timerAt) return;
    clearTimeout(this.#timer);
    this.#timerAt = at;
    this.#timer = setTimeout(
      () => {
        this.#timerAt = Infinity;
        this.wake();
      },
      Math.max(1, at - this.#deps.now()),
    );
  }

  #take(keys: readonly DueKey[]): void {
    if (this.#stopped) return;
    for (const key of keys) {
      const id = idOf(key);
      if (this.#taken.has(id)) continue;
      const lane = this.#laneOf(key.receiver);
      const told = new Promise<void>((done) => lane.waiting.set(id, { key, done }));
      this.#taken.set(
        id,
        told.then(() => void this.#taken.delete(id)),
      );
    }
    for (const lane of this.#lanes.values()) void this.#fill(lane);
  }

  #laneOf(receiver: string): Lane {
    const lane = this.#lanes.get(receiver) ?? {
      waiting: new Map<string, Waiting>(),
      running: 0,
      claiming: false,
      soon: undefined,
    };
    this.#lanes.set(receiver, lane);
    return lane;
  }

  /** Messages are recorded together and so end together: what they make room for is claimed together. */
  #fillSoon(lane: Lane): void {
    if (lane.waiting.size === 0 || lane.soon !== undefined) return;
    lane.soon = setTimeout(() => {
      lane.soon = undefined;
      void this.#fill(lane);
    }, SOON);
  }

  /** Claims what there is room for; what gets room meanwhile is claimed together afterwards. */
  async #fill(lane: Lane): Promise<void> {
    while (!lane.claiming && lane.running < MOST_SENDS && lane.waiting.size > 0) {
      const next = [...lane.waiting].slice(0, MOST_SENDS - lane.running);
      for (const [id] of next) lane.waiting.delete(id);
      lane.claiming = true;
      lane.running += next.length;
      await this.#claim(
        next.map(([, each]) => each),
        lane,
      );
      lane.claiming = false;
    }
  }

  async #claim(next: readonly Waiting[], lane: Lane): Promise<void> {
    const { claim, keyOf, onError } = this.#deps;
    const claims = await claim(next.map(({ key }) => key)).catch((error: unknown) => {
      onError(error);
      return [];
    });
    const byId = new Map(claims.map((claimed) => [idOf(keyOf(claimed)), claimed]));
    for (const { key, done } of next) {
      const claimed = byId.get(idOf(key));
      if (claimed !== undefined) {
        // Messages of many alerts take a while to make: requests are answered between one and the next.
        await turn();
        void this.#tell(claimed, lane).finally(() => done());
        continue;
      }
      lane.running--;
      done();
    }
  }

  async #tell(claimed: Claimed, lane: Lane): Promise<void> {
    const told = await this.#deps.tell(claimed).catch((error: unknown) => {
      this.#deps.onError(error);
      return false;
    });
    lane.running--;
    this.#fillSoon(lane);
    // What changed in the group meanwhile may be due by now.
    if (told) setImmediate(() => this.wake());
  }
}

function idOf({ receiver, groupKey }: DueKey): string {
  return `${receiver}\n${groupKey}`;
}
