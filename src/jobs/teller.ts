import type { DueKey, Store } from '../model/store.ts';

export interface TellerDeps {
  readonly store: Pick<Store, 'dueGroups' | 'nextDue'>;
  /** Tells one group to one receiver; says whether it was told. */
  readonly tell: (key: DueKey) => Promise<boolean>;
  /** Judging and machine clock, unix ms. */
  readonly now: () => number;
  readonly machineNow: () => number;
  readonly onError: (error: unknown) => void;
}

/** Messages sent to one receiver at the same time. */
const MOST_SENDS = 12;
/** What is due later than this is left to the tick: ms. */
const AHEAD = 5000;

interface Lane {
  readonly waiting: { readonly key: DueKey; readonly go: () => void; readonly skip: () => void }[];
  running: number;
}

/**
 * Tells groups the moment they are due, without a detour over the queue. The store says what is due, and a claim lets one process
 * alone tell it; the tick finds whatever is missed here.
 */
export class Teller {
  readonly #deps: TellerDeps;
  readonly #lanes = new Map<string, Lane>();
  /** Groups that are being told here, or wait for room at their receiver. */
  readonly #taken = new Map<string, Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Infinity;
  #looking: Promise<void> | undefined;
  #again = false;
  #stopped = false;

  constructor(deps: TellerDeps) {
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
    this.#take(key);
    await this.#taken.get(idOf(key));
  }

  /** Tells nothing more, and waits for what is on its way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#looking;
    for (const { waiting } of this.#lanes.values()) for (const { skip } of waiting.splice(0)) skip();
    await Promise.all(this.#taken.values());
  }

  async #look(): Promise<void> {
    const { store, now, machineNow } = this.#deps;
    const at = now();
    for (const key of await store.dueGroups(at, machineNow())) this.#take(key);
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

  #take(key: DueKey): void {
    const id = idOf(key);
    if (this.#stopped || this.#taken.has(id)) return;
    const lane = this.#lanes.get(key.receiver) ?? { waiting: [], running: 0 };
    this.#lanes.set(key.receiver, lane);
    const turn = new Promise<boolean>((resolve) => {
      lane.waiting.push({ key, go: () => resolve(true), skip: () => resolve(false) });
    });
    this.#taken.set(
      id,
      turn.then(async (goes) => {
        if (goes) await this.#tell(key, lane);
        this.#taken.delete(id);
      }),
    );
    fill(lane);
  }

  async #tell(key: DueKey, lane: Lane): Promise<void> {
    const told = await this.#deps.tell(key).catch((error: unknown) => {
      this.#deps.onError(error);
      return false;
    });
    lane.running--;
    fill(lane);
    // What changed in the group meanwhile may be due by now.
    if (told) setImmediate(() => this.wake());
  }
}

function fill(lane: Lane): void {
  while (lane.running < MOST_SENDS && lane.waiting.length > 0) {
    lane.running++;
    lane.waiting.shift()!.go();
  }
}

function idOf({ receiver, groupKey }: DueKey): string {
  return `${receiver}\n${groupKey}`;
}
