import type { Clock } from '../io/clock.ts';
import type { Config } from '../model/config.ts';
import type { Notifier } from '../model/notification.ts';
import type { Transition } from '../model/alert.ts';
import { POSTED_GROUP } from '../model/posted.ts';
import type { Store } from '../model/store.ts';
import { Afloat } from './afloat.ts';
import { collect } from './collect.ts';
import type { Beside, CollectDeps } from './collect.ts';
import { Evaluator } from './evaluate.ts';
import { createSay, sayFrozen } from './own.ts';
import type { Say } from './own.ts';
import { Poster } from './post.ts';
import type { PosterDeps } from './post.ts';
import { createQuiet, reasonOf } from './quiet.ts';
import type { Quiet } from './quiet.ts';
import type { EvaluateJob, JobName, Jobs, Queues } from './queues.ts';
import { readAware } from './reorganised.ts';
import type { Runtime } from './runtime.ts';
import type { Claimed } from './deliver.ts';
import type { createShow } from './show.ts';
import { StandIn } from './standIn.ts';
import type { Teller } from './teller.ts';
import { createTelling } from './telling.ts';
import { everySecond, Tick } from './tick.ts';
import type { IsCanonical } from './undone.ts';

/** Counts what the worker does; nothing depends on it. */
export interface Counters {
  readonly evaluated: (group: string, ms: number) => void;
  readonly collected: (batch: string, ms: number, failed: number) => void;
  readonly delivered: (receiver: string, ms: number, lagMs: number) => void;
}

export interface WorkerDeps {
  readonly config: Config;
  readonly store: Store;
  readonly queues: Queues;
  readonly runtime: Runtime;
  readonly clocks: Omit<Clock, 'close'>;
  readonly notifiers: ReadonlyMap<string, Notifier>;
  /** Reads what other programs post; throws what is to be refused. */
  readonly readPosts: PosterDeps['read'];
  readonly collect: Omit<CollectDeps, 'now' | 'machineNow' | 'latest' | 'stopping'>;
  /** Whether a chain has a usable RPC URL. */
  readonly chainUp: (chain: string) => boolean;
  readonly isCanonical?: IsCanonical;
  /** Called after each tick that went well; does not throw. */
  readonly afterTick?: (() => Promise<void>) | undefined;
  readonly counters: Counters;
  readonly log: (level: 'info' | 'warn' | 'error', event: Readonly<Record<string, unknown>>, message: string) => void;
}

export interface RunningWorker {
  readonly evaluator: Evaluator;
  /** Takes in what other programs post. */
  readonly poster: Poster;
  readonly say: Say;
  /** Machine clock: when the last tick ended without an error. */
  readonly lastTick: () => number;
  /** To be called when the runtime was replaced: waits for evaluations on the old one, then has everything judged by the new rules. */
  readonly reloaded: () => Promise<void>;
  /** Stops the clock and waits for the jobs that run. */
  readonly stop: () => Promise<void>;
}

const CONCURRENCY = { collect: 16, evaluate: 8, deliver: 16 } as const;
const PRUNE_EVERY = 60_000;
/** Groups that read each other in a circle are not evaluated for ever. */
const MOST_HOPS = 4;

/** Runs the three kinds of jobs and the clock that feeds them. */
export class Worker {
  readonly #deps: WorkerDeps;
  readonly #evaluator: Evaluator;
  readonly #poster: Poster;
  readonly #teller: Teller<Claimed>;
  readonly #show: ReturnType<typeof createShow>;
  readonly #say: Say;
  readonly #collect: CollectDeps;
  readonly #stopping = new AbortController();
  readonly #wanted = new Map<string, number>();
  readonly #quiet: Quiet;
  readonly #process = {
    collect: this.#watched('collect', async ({ batch }: Jobs['collect']) => this.#runCollect(batch)),
    evaluate: this.#watched('evaluate', async (job: Jobs['evaluate']) => this.#runEvaluate(job)),
    deliver: this.#watched('deliver', async (key: Jobs['deliver']) => this.#teller.tell(key)),
  };
  readonly #queue: StandIn;
  readonly #afloat: Afloat;
  #lastTick = 0;

  constructor(deps: WorkerDeps) {
    const { store, runtime, clocks } = deps;
    this.#deps = deps;
    this.#quiet = createQuiet(clocks.machineNow);
    this.#queue = this.#standIn();
    this.#evaluator = new Evaluator({ store, runtime, ...rulesOf(deps.config) });
    this.#say = createSay(store, clocks.monotonic, async (labels) => this.#evaluateAll(runtime.live.readersOf(labels)));
    const telling = createTelling({
      ...{ ...deps, ...clocks },
      say: this.#say,
      isGrowing: (key) => this.#poster.isGrowing(key),
      delivered: deps.counters.delivered,
      onError: (error) => this.#failed('deliver', error),
    });
    this.#teller = telling.teller;
    this.#show = telling.show;
    this.#poster = this.#makePoster(telling);
    this.#collect = {
      ...deps.collect,
      now: clocks.monotonic,
      machineNow: clocks.machineNow,
      latest: clocks.latest,
      stopping: this.#stopping.signal,
    };
    this.#afloat = this.#makeAfloat();
  }

  start(): RunningWorker {
    const { queues, clocks, runtime } = this.#deps;
    this.#wantAll();
    const tick = this.#makeTick();
    const run = async () =>
      this.#run(tick).catch((error: unknown) =>
        this.#complain('Could not go on without the store; trying again', error),
      );
    this.#work('collect');
    this.#work('evaluate');
    this.#work('deliver');
    void run();
    const stopClock = everySecond(run);
    const ignoreJumps = clocks.onJump(() => void run());
    const pruning = setInterval(() => runtime.windows.prune(clocks.now()), PRUNE_EVERY);
    return {
      ...{ evaluator: this.#evaluator, poster: this.#poster, say: this.#say },
      lastTick: () => this.#lastTick,
      reloaded: async () => {
        await this.#evaluator.reloaded();
        this.#wantAll();
        void run();
      },
      stop: async () => {
        clearInterval(pruning);
        ignoreJumps();
        await stopClock();
        await tick.settled();
        this.#stopping.abort();
        await Promise.all([this.#show.settled(), this.#teller.stop(), this.#poster.stop(), this.#queue.settled()]).then(
          queues.close,
        );
      },
    };
  }

  #makeTick(): Tick {
    return new Tick({
      ...this.#deps,
      ...this.#deps.clocks,
      queues: this.#queue,
      wanted: this.#wanted,
      isTelling: (key) => this.#teller.has(key),
      onError: (error, during) => this.#complain(`Could not enqueue what is due to ${during}; trying again`, error),
    });
  }

  /** Whatever changed while nobody judged is judged at once. */
  #wantAll(): void {
    const { runtime, clocks } = this.#deps;
    for (const group of runtime.live.groups.keys()) this.#wanted.set(group, clocks.monotonic());
  }

  async #run(tick: Tick): Promise<void> {
    if (!(await this.#afloat.check())) return;
    await this.#poster.tick();
    if (!(await tick.run())) return this.#afloat.failed();
    this.#afloat.went();
    this.#lastTick = this.#deps.clocks.machineNow();
    this.#show.run();
    void this.#deps.afterTick?.();
  }

  #makePoster({ ahead, expect }: Pick<PosterDeps, 'ahead' | 'expect'>): Poster {
    const { store, clocks, config, readPosts: read } = this.#deps;
    return new Poster({
      ...{ store, read, ...rulesOf(config), now: clocks.monotonic, ahead, expect },
      committed: (transitions) => this.#posted(transitions),
      calm: () => this.#teller.wake(),
      unheard: async (rule, count) => this.#say('tocsin_unknown_count', { rule, group: POSTED_GROUP }, count),
      onError: (error) => this.#complain('Could not judge all that was posted; what can be read is tried again', error),
    });
  }

  #posted(transitions: readonly Transition[]): void {
    if (transitions.length === 0) return;
    const rules = [...new Set(transitions.map(({ rule }) => rule))].slice(0, 10);
    this.#deps.log('info', { count: transitions.length, rules }, 'posted alerts changed');
    this.#teller.wake();
  }

  #makeAfloat(): Afloat {
    const { store, runtime, config, notifiers, clocks, log } = this.#deps;
    return new Afloat({
      ...{ store, runtime, config, notifiers, log, now: clocks.monotonic },
      ...{ evaluator: this.#evaluator, quiet: this.#quiet },
      collect: async (batch) => collect(batch, this.#collect),
    });
  }

  #work(name: JobName): void {
    this.#deps.queues.work(name, CONCURRENCY[name], this.#process[name] as (job: Jobs[JobName]) => Promise<void>);
  }

  /** A job that fails is handed back: the tick adds it again as long as the store says that it is due. */
  #watched<Job>(name: JobName, process: (job: Job) => Promise<void>): (job: Job) => Promise<void> {
    return async (job) => {
      try {
        await process(job);
      } catch (error) {
        this.#failed(name, error);
        throw error;
      }
    };
  }

  #standIn(): StandIn {
    const { queues, clocks, log } = this.#deps;
    const unsaid = (error: unknown) => this.#complain('Could not say whether the queue takes jobs', error);
    return new StandIn({
      ...{ queues, process: this.#process, concurrency: CONCURRENCY, machineNow: clocks.machineNow },
      onChange: (isUp, reason) => {
        if (isUp) log('info', {}, 'the queue takes jobs');
        else log('error', { reason: reasonOf(reason) }, 'the queue takes no jobs; they are done in this process');
        void this.#say('tocsin_queue_up', {}, isUp ? 1 : 0).catch(unsaid);
      },
    });
  }

  #failed(name: JobName, error: unknown): void {
    if (this.#stopping.signal.aborted) return;
    this.#afloat.failed();
    this.#complain(`Could not ${name}; trying again`, error);
  }

  async #runCollect(name: string): Promise<void> {
    const { store, counters, clocks, log, chainUp, runtime } = this.#deps;
    const { live } = runtime;
    const batch = live.batches.get(name);
    if (batch === undefined) return;
    const started = clocks.machineNow();
    const read = async (beside: Beside) => collect(batch, this.#collect, beside);
    const { readings, undone } = await readAware(batch, read, { ...this.#deps, live, view: runtime.windows.view });
    const maxAge = new Map(batch.sources.map((source) => [source.id, source.maxAge]));
    await store.saveReadings(
      readings.map((reading) => ({ ...reading, maxAge: maxAge.get(reading.source)! })),
      undone,
    );
    const failed = readings.filter(({ error }) => error !== undefined);
    for (const { source, error } of failed)
      this.#quiet(`${source} ${error}`, (held) => log('warn', { source, reason: error, held }, 'source failed'));
    counters.collected(name, clocks.machineNow() - started, failed.length);
    const users = new Set(readings.flatMap(({ source }) => live.usersOf(source)));
    await this.#evaluateAll(users);
    const { chain } = batch.sources[0]!;
    if (chain !== undefined) await this.#say('tocsin_chain_up', { chain }, chainUp(chain) ? 1 : 0);
  }

  async #runEvaluate({ group, at, hops = 0 }: EvaluateJob): Promise<void> {
    const { clocks, counters, log } = this.#deps;
    const started = clocks.machineNow();
    const evaluated = await this.#evaluator.evaluate(group, at);
    if (evaluated === undefined) return;
    counters.evaluated(group, clocks.machineNow() - started);
    for (const { transition } of evaluated.transitions) log('info', { ...transition }, 'alert changed');
    for (const { record, error } of evaluated.failed)
      this.#complain(`Recording rule "${record}" cannot be evaluated; what reads it goes stale`, error);
    if (evaluated.tells) this.#teller.wake();
    if (hops < MOST_HOPS) await this.#evaluateAll(evaluated.readers, hops + 1);
    await sayFrozen(this.#deps.runtime.windows, this.#say);
  }

  /** At an instant after what they are to judge was committed, so that no evaluation of a later instant can have missed it. */
  async #evaluateAll(groups: Iterable<string>, hops = 0): Promise<void> {
    for (const group of groups) {
      const at = this.#deps.clocks.monotonic();
      this.#wanted.set(group, at);
      await this.#queue.add('evaluate', `${group}.${at}`, { group, at, hops });
    }
  }

  #complain(what: string, error: unknown): void {
    const reason = reasonOf(error);
    this.#quiet(`${what} ${reason}`, (held) => this.#deps.log('error', { reason, held }, what));
  }
}

function rulesOf({ route, inhibit }: Config): Pick<Config, 'route' | 'inhibit'> {
  return { route, ...(inhibit && { inhibit }) };
}
