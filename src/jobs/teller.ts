import { setImmediate as turn } from 'node:timers/promises';
import { dueId } from '../model/claim.ts';
import type { DueKey } from '../model/claim.ts';
import type { Store } from '../model/store.ts';

export interface TellerDeps<Claimed> {
  readonly store: Pick<Store, 'dueGroups' | 'nextDue'>;
  /** Claims those of the groups that are due and that nobody else tells. */
  readonly claim: (keys: readonly DueKey[]) => Promise<readonly Claimed[]>;
  /** Gives claims back of which nothing was told. */
  readonly unclaim: (claims: readonly Claimed[]) => Promise<void>;
  readonly keyOf: (claimed: Claimed) => DueKey;
  /** Makes what is told of one group; undefined when that is nothing. What it gives sends it and says whether it was told. */
  readonly prepare: (claimed: Claimed) => Promise<Prepared | undefined>;
  /** True while more is about to come for a group: it is looked at again when that has come. */
  readonly isGrowing?: (key: DueKey) => boolean;
  /** Judging and machine clock, unix ms. */
  readonly now: () => number;
  readonly machineNow: () => number;
  readonly onError: (error: unknown) => void;
}

type Prepared = () => Promise<boolean>;
const NOTHING: Prepared = async () => false;

/** Groups that are told to one receiver at the same time: as many may be told twice when the process dies. */
const MOST_SENDS = 24;
/** Groups that are claimed together; those for which there is no room yet wait for it. */
const MOST_CLAIMS = 32;
/** The next groups are claimed once no more than this wait for room. */
const FEW_READY = 16;
/** A claim that waited longer is given back, so that it holds until its message is recorded: machine ms. */
const LONGEST_WAIT = 15_000;
/** What changed in a group while it was told is looked for so much later: ms. */
const SOON = 20;
/** What is due later than this is left to the tick: ms. */
const AHEAD = 5000;

/** A group that is claimed and told later. */
export interface ClaimedAhead<Claimed> {
  readonly key: DueKey;
  /** Unix ms, judging clock. */
  readonly due: number;
  /** Called once, when its message is about to be made. */
  readonly claimed: () => Claimed;
}

interface Lane<Claimed> {
  /** Ids of groups that wait to be claimed. */
  readonly waiting: Map<string, Waiting>;
  /** Claimed, and waiting for room. */
  readonly ready: Ready<Claimed>[];
  sending: number;
  /** Begins to send one after the other. */
  starting: boolean;
  claiming: boolean;
}

interface Waiting {
  readonly key: DueKey;
  readonly done: () => void;
}

interface Ready<Claimed> {
  readonly claimed: Claimed;
  /** Its message, where that is made already. */
  readonly prepared?: Prepared;
  /** Machine clock. */
  readonly at: number;
  readonly done: () => void;
}

/**
 * Tells groups the moment they are due, without a detour over the queue. The store says what is due, and a claim lets one process
 * alone tell it; the tick finds whatever is missed here. Groups are claimed and recorded together, while others are told.
 */
export class Teller<Claimed> {
  readonly #deps: TellerDeps<Claimed>;
  readonly #lanes = new Map<string, Lane<Claimed>>();
  /** Made before their moment. */
  readonly #early = new Set<Ready<Claimed>>();
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
    return this.#taken.has(dueId(key));
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
    if (this.has(key) || (lane !== undefined && lane.sending >= MOST_SENDS)) return;
    this.#take([key]);
    await this.#taken.get(dueId(key));
  }

  /**
   * Tells groups that are claimed already, none before its moment (`due`, judging clock); their messages are made meanwhile. Resolves
   * once each is told, or is not to be told now.
   */
  async tellAhead(groups: readonly ClaimedAhead<Claimed>[]): Promise<void> {
    const all = groups.map((group) => {
      let done: () => void;
      const end = new Promise<void>((resolve) => (done = resolve));
      this.#hold(dueId(group.key), end);
      return { ...group, done: done!, end };
    });
    for (const { claimed, due, done } of all) {
      await this.#make({ claimed: claimed(), at: this.#deps.machineNow(), done }, due);
      await turn();
    }
    await Promise.all(all.map(({ end }) => end));
  }

  /** Tells nothing more, and waits for what is on its way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#looking;
    const early = [...this.#early];
    this.#early.clear();
    await this.#giveBack(early);
    for (const { waiting, ready } of this.#lanes.values()) {
      for (const { done } of waiting.values()) done();
      waiting.clear();
      await this.#giveBack(ready.splice(0));
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
      const id = dueId(key);
      if (this.#taken.has(id) || this.#deps.isGrowing?.(key)) continue;
      const lane = this.#laneOf(key.receiver);
      this.#hold(id, new Promise<void>((done) => lane.waiting.set(id, { key, done })));
    }
    for (const lane of this.#lanes.values()) void this.#fill(lane);
  }

  #hold(id: string, told: Promise<void>): void {
    this.#taken.set(
      id,
      told.then(() => void this.#taken.delete(id)),
    );
  }

  async #make(ready: Ready<Claimed>, due: number): Promise<void> {
    const prepared = this.#stopped ? undefined : await this.#prepare(ready.claimed);
    if (this.#stopped) return this.#giveBack([ready]);
    if (prepared === undefined) return ready.done();
    const made = { ...ready, prepared };
    this.#early.add(made);
    const wait = due - this.#deps.now();
    if (wait > 0) setTimeout(() => this.#admit(made), wait);
    else this.#admit(made);
  }

  async #prepare(claimed: Claimed): Promise<Prepared | undefined> {
    return this.#deps.prepare(claimed).catch((error: unknown) => {
      this.#deps.onError(error);
      return undefined;
    });
  }

  /** Its moment has come. */
  #admit(made: Ready<Claimed>): void {
    if (!this.#early.delete(made)) return;
    const lane = this.#laneOf(this.#deps.keyOf(made.claimed).receiver);
    lane.ready.push(made);
    void this.#send(lane);
  }

  #laneOf(receiver: string): Lane<Claimed> {
    const lane = this.#lanes.get(receiver) ?? {
      ...{ waiting: new Map<string, Waiting>(), ready: [] },
      ...{ sending: 0, starting: false, claiming: false },
    };
    this.#lanes.set(receiver, lane);
    return lane;
  }

  /** The next groups are claimed while those claimed before are told. */
  async #fill(lane: Lane<Claimed>): Promise<void> {
    while (!lane.claiming && !this.#stopped && lane.ready.length <= FEW_READY && lane.waiting.size > 0) {
      const next = [...lane.waiting].slice(0, MOST_CLAIMS);
      for (const [id] of next) lane.waiting.delete(id);
      lane.claiming = true;
      await this.#claim(
        next.map(([, each]) => each),
        lane,
      );
      lane.claiming = false;
      void this.#send(lane);
    }
  }

  async #claim(next: readonly Waiting[], lane: Lane<Claimed>): Promise<void> {
    const { claim, keyOf, machineNow, onError } = this.#deps;
    const at = machineNow();
    const claims = await claim(next.map(({ key }) => key)).catch((error: unknown) => {
      onError(error);
      return [];
    });
    const byId = new Map(claims.map((claimed) => [dueId(keyOf(claimed)), claimed]));
    for (const { key, done } of next) {
      const claimed = byId.get(dueId(key));
      if (claimed === undefined) done();
      else lane.ready.push({ claimed, at, done });
    }
    if (this.#stopped) await this.#giveBack(lane.ready.splice(0));
  }

  async #send(lane: Lane<Claimed>): Promise<void> {
    if (lane.starting) return;
    lane.starting = true;
    await this.#start(lane).finally(() => (lane.starting = false));
  }

  async #start(lane: Lane<Claimed>): Promise<void> {
    while (lane.sending < MOST_SENDS && lane.ready.length > 0) {
      const ready = lane.ready.shift()!;
      if (this.#deps.machineNow() - ready.at > LONGEST_WAIT) {
        await this.#giveBack([ready]);
        continue;
      }
      lane.sending++;
      void this.#tell(ready, lane);
      // Messages of many alerts take a while to make: what others send is read between one and the next.
      await turn();
    }
  }

  async #giveBack(ready: readonly Ready<Claimed>[]): Promise<void> {
    if (ready.length === 0) return;
    await this.#deps.unclaim(ready.map(({ claimed }) => claimed)).catch(this.#deps.onError);
    for (const { done } of ready) done();
  }

  async #tell({ claimed, prepared, done }: Ready<Claimed>, lane: Lane<Claimed>): Promise<void> {
    const send = prepared ?? (await this.#prepare(claimed));
    const told = await (send ?? NOTHING)().catch((error: unknown) => {
      this.#deps.onError(error);
      return false;
    });
    lane.sending--;
    void this.#send(lane).then(async () => this.#fill(lane));
    done();
    if (told) this.#wakeAt(this.#deps.now() + SOON);
  }
}
