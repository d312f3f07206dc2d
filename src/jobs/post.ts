import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { mayWake } from '../dispatch/inhibit.ts';
import type { Alert, Transition } from '../model/alert.ts';
import type { InhibitRule, Route } from '../model/config.ts';
import type { Post, Received } from '../model/posted.ts';
import type { DueKey } from '../model/claim.ts';
import type { Store } from '../model/store.ts';
import type { TellAhead } from './ahead.ts';
import { Batch } from './batch.ts';
import type { Part } from './batch.ts';
import { Heard } from './heard.ts';
import type { Commit } from './heard.ts';
import { Intake } from './intake.ts';
import type { IntakeDeps } from './intake.ts';
import { LONGEST, Storm } from './storm.ts';
import { Unheard } from './unheard.ts';

export interface PosterDeps extends Omit<IntakeDeps, 'store'> {
  readonly store: Pick<Store, 'postedAlerts' | 'keepPosts' | 'keptPosts' | 'commitPosts'>;
  readonly route: Route;
  readonly inhibit?: readonly InhibitRule[];
  /** Judging clock, strictly increasing. */
  readonly now: () => number;
  /** Alerts of one commit; as many as the database takes in a second unless given. */
  readonly perCommit?: number;
  /** Tells what is new before it is committed. */
  readonly ahead: TellAhead;
  /** Hears how many changes may be told ahead in a moment. */
  readonly expect: (changes: number) => void;
  /** Hears of what was committed. */
  readonly committed: (transitions: readonly Transition[]) => void;
  /** Hears that groups do not grow any more. */
  readonly calm: () => void;
  /** Hears how many alerts of a name cannot be judged any more, whenever that changes. */
  readonly unheard: (rule: string, count: number) => Promise<void>;
}

/** What one request posted, on its way to be judged. */
interface Request {
  /** Under which it is kept. */
  readonly id: number;
  readonly posts: readonly Post[];
  /** Those before it are committed. */
  next: number;
  readonly applied: Promise<void>;
  readonly done: () => void;
}

/** In a storm at least so many alerts come in each of the steps that a commit waits for more: machine ms. */
const MANY = 32;
const STEP_MS = 20;
/** After each so many steps of a storm it takes one calm step more until it is over: who posts much may pause. */
const LONG = 40;
/** A commit waits until so many alerts have come, for so many steps, and until fewer come in more than so many of them. */
const KNOWN = { alerts: 4000, steps: 10, calmSteps: 0 };
/** What can be told before it is committed waits longer, since a commit holds up those who post. */
const NEW = { alerts: Infinity, steps: LONGEST / STEP_MS, calmSteps: 1 };
/** Posts on their way beyond which the next request is answered only when there is room. */
const MOST_WAITING = 60_000;
/** Alerts of one commit. */
const PER_COMMIT = 10_000;
/** What another process kept and did not judge in this time, it never will: machine ms. */
const ABANDONED = 10_000;

/**
 * Takes in alerts that other programs post. A caller is answered once its alerts are kept; what is kept is then judged together, as
 * one evaluation of a rule group. What a process kept and could not judge any more is judged after the next start, or by another one.
 */
export class Poster {
  readonly #deps: PosterDeps;
  readonly #intake: Intake;
  readonly #storm: Storm;
  readonly #heard = new Heard();
  readonly #unheard: Unheard;
  #waiting: Request[] = [];
  #postsWaiting = 0;
  #running: Promise<void> | undefined;
  /** What comes next is judged with it. */
  #gathering: Batch<Request> | undefined;
  /** Instant of the commit that `#heard` is of; undefined before it is read from the store. */
  #at: number | undefined;
  #ticks = 0;
  /** What the process before left is taken over. */
  #adopted = false;
  #stopped = false;

  constructor(deps: PosterDeps) {
    this.#deps = deps;
    this.#intake = new Intake(deps);
    this.#storm = new Storm(deps.calm);
    this.#unheard = new Unheard(deps.unheard);
  }

  /**
   * Resolves once it is kept, with what is wrong with alerts that are left out: the others are judged and told from then on, whatever
   * happens to this process.
   * @throws what reading it throws.
   */
  async post(received: Received): Promise<readonly string[]> {
    const { id, posts, wrong, refusal } = await this.#intake.take(received);
    // What was refused is forgotten with the next commit.
    this.#add(id, posts);
    // Once it is answered, while the caller makes up the next one.
    void turn()
      .then(() => this.#gathering?.take(this.#waiting, this.#now()))
      .catch(this.#deps.onError);
    this.#run();
    if (refusal !== undefined) throw refusal;
    if (this.#postsWaiting > MOST_WAITING) await this.#until(this.#waiting[0]!);
    return wrong;
  }

  /** True while a storm goes on that adds to a group, unless something critical is to be told at once. */
  isGrowing(key: DueKey): boolean {
    return this.#storm.isGrowing(key);
  }

  /** Those that other programs posted and that fire; all that was kept before is judged. */
  async firing(): Promise<readonly Alert[]> {
    const last = this.#waiting.at(-1);
    if (last !== undefined) await this.#until(last);
    if (this.#at === undefined) await this.#read();
    return this.#heard.firing;
  }

  /** Judges what was left over, and holds those of which nothing was heard in time. To be called every second. */
  async tick(): Promise<void> {
    // A storm that is being judged holds up nothing else.
    if (this.#running === undefined && !this.#stopped) await this.#take(this.#look());
  }

  /** Judges nothing more, and resolves once the commit that is on its way is made; what is kept is judged by the next process. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #look(): Promise<void> {
    if (!this.#adopted) await this.#adopt(0);
    else if (++this.#ticks % (ABANDONED / 1000) === 0) await this.#adopt(ABANDONED);
    if (this.#waiting.length > 0) await this.#drain();
    if (this.#heard.earliestEnd > this.#deps.now() && this.#unheard.isEmpty) return;
    await this.#hold();
  }

  /** Waits for a request to be judged, or for the try to judge it to fail. */
  async #until(request: Request): Promise<void> {
    while (this.#waiting.includes(request) && this.#running !== undefined)
      await Promise.race([request.applied, this.#running]);
  }

  /** Takes over what nobody judges. */
  async #adopt(since: number): Promise<void> {
    const ours = new Set(this.#waiting.map(({ id }) => id));
    const kept = await this.#deps.store.keptPosts(since);
    for (const each of kept) if (!ours.has(each.id)) this.#add(each.id, this.#intake.readAgain(each));
    this.#sort();
    this.#adopted = true;
  }

  /** What was kept first is judged first. */
  #sort(): void {
    this.#waiting.sort((a, b) => a.id - b.id);
  }

  #add(id: number, posts: readonly Post[]): void {
    let done: () => void;
    const applied = new Promise<void>((resolve) => (done = resolve));
    this.#waiting.push({ id, posts, next: 0, applied, done: done! });
    this.#postsWaiting += posts.length;
  }

  async #hold(): Promise<void> {
    if (this.#at === undefined) await this.#read();
    const now = this.#now();
    const held = this.#heard.held(now);
    if (held.alerts.size > 0 && !(await this.#commit(held, [], now))) return;
    this.#heard.forget(now);
    await this.#unheard.count(this.#heard.unknown());
  }

  /** What cannot be committed now is tried again every second. */
  #run(): void {
    if (this.#running === undefined && !this.#stopped) void this.#take(this.#drain()).catch(this.#deps.onError);
  }

  /** One thing at a time: what is posted meanwhile waits for its end. */
  async #take(work: Promise<void>): Promise<void> {
    let failed = false;
    this.#running = work
      .catch(() => {
        failed = true;
      })
      .finally(() => {
        this.#running = undefined;
        if (!failed && this.#waiting.length > 0) this.#run();
      });
    return work;
  }

  async #drain(): Promise<void> {
    try {
      if (!this.#adopted) await this.#adopt(0);
      while (this.#waiting.length > 0 && !this.#stopped) {
        if (this.#at === undefined) await this.#read();
        const { known, over, groups } = this.#heard;
        const { route, perCommit = PER_COMMIT } = this.#deps;
        const batch = new Batch<Request>({ known, over, groups, route, perCommit });
        const isStorm = await this.#gather(batch);
        const now = this.#now();
        if (isStorm) await this.#deps.ahead(batch.grouped, { now, since: batch.since }).catch(this.#deps.onError);
        await this.#apply(batch, now);
      }
    } finally {
      this.#gathering = undefined;
      this.#storm.end();
    }
  }

  /** Judges what waits, and waits for more while a storm lasts. Says whether it waited. */
  async #gather(batch: Batch<Request>): Promise<boolean> {
    this.#gathering = batch;
    for (let [step, before, calm] = [0, 0, 0]; ; step++) {
      batch.take(this.#waiting, this.#now());
      const { alerts, steps, calmSteps } = batch.isNew && !batch.isUrgent ? NEW : KNOWN;
      calm = batch.size - before + this.#intake.underway < MANY ? calm + 1 : 0;
      const isOver =
        calm > Math.min(step, calmSteps + Math.floor(step / LONG)) || step >= steps || batch.size >= alerts;
      if (isOver || batch.isFull || this.#stopped) {
        this.#gathering = undefined;
        return step > 0;
      }
      if (calm === 1) this.#deps.expect(batch.changes.length);
      before = batch.size;
      this.#storm.rise();
      await sleep(STEP_MS);
    }
  }

  /** Commits a batch; what is not whole by then comes first in the next one. */
  async #apply(batch: Batch<Request>, at: number): Promise<void> {
    let now = at;
    for (const part of batch.parts()) {
      if (!(await this.#applyPart(part, now)) || this.#stopped) return;
      now = this.#now();
    }
    this.#sort();
  }

  async #applyPart(part: Part<Request>, now: number): Promise<boolean> {
    const whole = new Set(part.reached.flatMap(([each, next]) => (next === each.posts.length ? [each] : [])));
    const kept = [...whole].map(({ id }) => id);
    if (!(await this.#commit(part, kept, now))) return false;
    for (const [each, next] of part.reached) each.next = next;
    this.#waiting = this.#waiting.filter((each) => !whole.has(each));
    for (const { posts, done } of whole) {
      this.#postsWaiting -= posts.length;
      done();
    }
    if (part.ends.length > 0) this.#add(0, part.ends);
    return true;
  }

  /** False when another process came first; what is known is then read again before the next try. */
  async #commit(commit: Commit, kept: readonly number[], now: number): Promise<boolean> {
    const { alerts, changes, since } = commit;
    const { store, inhibit = [], committed } = this.#deps;
    const transitions = changes.map(({ transition }) => transition);
    const ended = transitions.filter(({ kind }) => kind !== 'firing');
    this.#storm.grow(changes.flatMap(({ tellings }) => tellings));
    const isCommitted = await store.commitPosts({
      ...{ now, since: Math.min(since, now), previous: this.#at!, kept },
      ...{ alerts: [...alerts.values()], transitions: changes, wakes: mayWake(ended, inhibit) },
    });
    if (!isCommitted) {
      this.#at = undefined;
      return false;
    }
    this.#at = now;
    this.#heard.apply(commit);
    committed(transitions);
    return true;
  }

  /** After the last commit, also where the clock was set back since. */
  #now(): number {
    return Math.max(this.#deps.now(), (this.#at ?? 0) + 1);
  }

  async #read(): Promise<void> {
    const { at, alerts } = await this.#deps.store.postedAlerts();
    this.#heard.read(alerts);
    this.#at = at;
  }
}
