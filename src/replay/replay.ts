import { AlertBook } from '../alerts/book.ts';
import { GroupEvaluator } from '../alerts/groupEvaluator.ts';
import type { GroupEvaluation } from '../alerts/groupEvaluator.ts';
import { STANDING } from '../alerts/unknown.ts';
import type { Transition } from '../model/alert.ts';
import type { Route } from '../model/config.ts';
import { labelsKey, NAME, without } from '../model/labels.ts';
import type { Labels } from '../model/labels.ts';
import { isAlert } from '../rules/compile.ts';
import type { CompiledGroup } from '../rules/compile.ts';
import { Foresight } from '../rules/foresight.ts';
import { readersOf } from '../rules/readers.ts';
import { needsOf, Windows } from '../series/index.ts';
import { PRICE } from '../series/frozen.ts';
import { Feed } from './feed.ts';
import type { History } from './history.ts';
import { Teller } from './teller.ts';
import type { Message } from './teller.ts';

export interface ReplayInput {
  /** In the order of evaluation. */
  readonly groups: readonly CompiledGroup[];
  readonly series: readonly History[];
  /** Series that hold from the start on with the value 1, such as `asset_info`. */
  readonly facts: readonly Labels[];
  readonly route: Route;
  /** Unix ms: the first and the last instant at which anything is judged. Samples before are known then. */
  readonly from: number;
  readonly to: number;
}

/** Is told what the evaluator, the state machine and the dispatcher did at one instant. */
export interface ReplayObserver {
  readonly onEvaluated: (evaluator: GroupEvaluator, said: GroupEvaluation, now: number) => void;
  /** At each of these instants (unix ms) an evaluation left everything as the one before did, which said the same. */
  readonly onRested: (evaluator: GroupEvaluator, instants: Float64Array) => void;
  readonly onTold: (message: Message, now: number) => void;
}

/** Instants to look ahead at: many for few series, fewer for many, so that what is found stays in the processor's caches. */
const VALUES_AT_ONCE = 2 ** 17;
const LONGEST_LOOK = 2048;
const SHORTEST_LOOK = 64;

const FOR_EVER = Number.MAX_SAFE_INTEGER;

/**
 * Judges recorded series on a virtual clock as the worker would have: a group is evaluated when a sample arrives that it reads and
 * at its deadlines (`for`, `keep_firing_for`, staleness), messages are made when their timers run out. A sample exists from the
 * moment it was known; nothing looks ahead.
 */
export function replay(input: ReplayInput, observer: ReplayObserver): void {
  new Replay(input, observer).run();
}

class Replay {
  readonly #input: ReplayInput;
  readonly #observer: ReplayObserver;
  readonly #windows: Windows;
  readonly #feed: Feed;
  readonly #teller: Teller;
  readonly #book = new AlertBook();
  readonly #evaluators: readonly GroupEvaluator[];
  readonly #indexes: ReadonlyMap<string, number>;
  readonly #deadlines: Float64Array;
  readonly #dirty: Uint8Array;
  /** By group, unix ms: until then nothing can come of its evaluations. */
  readonly #wakes: Float64Array;
  readonly #readers: (labels: Labels) => readonly number[];
  readonly #hasPeers: boolean;
  /** By group, where there is anything to foresee. */
  readonly #foresights: readonly (Foresight | undefined)[];
  readonly #lookahead: number;
  readonly #frozen = new Map<string, Labels>();

  constructor(input: ReplayInput, observer: ReplayObserver) {
    const { groups, series, route } = input;
    this.#input = input;
    this.#observer = observer;
    this.#windows = new Windows(needsOf(groups.flatMap(({ rules }) => rules.map(({ plan }) => plan))));
    this.#evaluators = groups.map((group) => new GroupEvaluator(group, this.#windows, this.#book));
    this.#foresights = foresightsOf(groups, this.#windows);
    this.#lookahead = Math.min(LONGEST_LOOK, Math.max(SHORTEST_LOOK, Math.ceil(VALUES_AT_ONCE / series.length)));
    this.#indexes = new Map(groups.map(({ name }, index) => [name, index]));
    this.#readers = remembered(groups, this.#indexes);
    this.#feed = new Feed(series, this.#windows, this.#readers);
    this.#teller = new Teller(route);
    this.#deadlines = new Float64Array(groups.length).fill(Infinity);
    this.#dirty = new Uint8Array(groups.length).fill(1);
    this.#wakes = new Float64Array(groups.length).fill(-Infinity);
    this.#hasPeers = hasPeers(series);
  }

  run(): void {
    const { from, to } = this.#input;
    this.#state(from);
    this.#feed.upTo(from, this.#dirty);
    for (let now = from; now <= to; now = this.#next(now)) {
      this.#feed.upTo(now, this.#dirty);
      this.#step(now);
    }
  }

  #state(now: number): void {
    for (const labels of this.#input.facts) this.#windows.put({ labels, value: 1, at: now, maxAge: FOR_EVER });
  }

  #next(now: number): number {
    let next = this.#teller.nextDue;
    for (let index = 0; index < this.#wakes.length; index++) {
      const wake = this.#wakes[index]!;
      next = Math.min(next, wake > now ? wake : Math.min(this.#feed.next, this.#deadlines[index]!));
    }
    return Math.max(next, now + 1);
  }

  #step(now: number): void {
    const transitions: Transition[] = [];
    let isJudged = false;
    for (let index = 0; index < this.#evaluators.length; index++) {
      if (this.#wakes[index]! > now || (this.#dirty[index] === 0 && this.#deadlines[index]! > now)) continue;
      if (!isJudged && this.#hasPeers) this.#judgeFrozen(now);
      isJudged = true;
      this.#dirty[index] = 0;
      for (const transition of this.#evaluate(index, now)) transitions.push(transition);
    }
    if (transitions.length === 0 && this.#teller.nextDue > now) return;
    for (const evaluator of this.#evaluators) evaluator.catchUp(now + 1);
    for (const message of this.#teller.tell(transitions, this.#book.alerts, now)) this.#observer.onTold(message, now);
  }

  #evaluate(index: number, now: number): readonly Transition[] {
    const evaluator = this.#evaluators[index]!;
    const foresight = this.#foresee(index, now);
    const said = evaluator.evaluate(now, foresight);
    this.#deadlines[index] = said.deadline();
    for (const { labels } of said.recorded) this.#mark(labels, index);
    this.#observer.onEvaluated(evaluator, said, now);
    if (foresight !== undefined && !this.#hasPeers) this.#sleep(index, foresight);
    return said.transitions;
  }

  /** Passes over the instants at which nothing can come of an evaluation. Frozen prices are looked for at each. */
  #sleep(index: number, foresight: Foresight): void {
    const evaluator = this.#evaluators[index]!;
    const { step } = foresight;
    const until = evaluator.restsUntil(foresight);
    if (until <= step + 1) return;
    this.#observer.onRested(evaluator, foresight.instants(step + 1, until));
    this.#wakes[index] = foresight.instants(until, until + 1)[0]!;
  }

  /** Looks ahead again when all that was looked at is past; between samples there is nothing to know. */
  #foresee(index: number, now: number): Foresight | undefined {
    const foresight = this.#foresights[index];
    if (foresight === undefined) return undefined;
    if (foresight.covers(now)) return foresight;
    this.#evaluators[index]!.catchUp(now);
    if (now < foresight.until) return undefined;
    const most = Math.min(this.#lookahead, Math.max(SHORTEST_LOOK, 2 * foresight.steps));
    foresight.look(this.#feed.instantsOf(index, { from: now, to: this.#input.to, most }));
    return foresight.covers(now) ? foresight : undefined;
  }

  /** Groups after this one read what it recorded at the same instant; those before it have been judged already. */
  #mark(labels: Labels, after: number): void {
    for (const reader of this.#readers(labels)) if (reader > after) this.#dirty[reader] = 1;
  }

  /** As the worker: what stands still while peers move is a series of its own. */
  #judgeFrozen(now: number): void {
    const { freezes } = this.#windows;
    const found = this.#windows.judgeFrozen(now).map(({ series }) => without(series.labels, [NAME]));
    const still = new Map(found.map((labels) => [labelsKey(labels), labels]));
    for (const [key, labels] of this.#frozen) if (!still.has(key)) this.#sayFrozen(key, labels, now, 0);
    for (const [key, labels] of still) if (!this.#frozen.has(key)) this.#sayFrozen(key, labels, now, 1);
    if (freezes !== this.#windows.freezes) for (const foresight of this.#foresights) foresight?.forget();
  }

  #sayFrozen(key: string, own: Labels, at: number, value: 0 | 1): void {
    const labels = { ...own, [NAME]: 'tocsin_source_frozen' };
    this.#windows.put({ labels, value, at, maxAge: STANDING });
    if (value === 1) this.#frozen.set(key, own);
    else this.#frozen.delete(key);
    this.#mark(labels, -1);
  }
}

/** A series that a rule or Tocsin itself writes is not known ahead. */
function foresightsOf(groups: readonly CompiledGroup[], windows: Windows): readonly (Foresight | undefined)[] {
  const recorded = new Set(
    groups.flatMap(({ rules }) => rules.flatMap((rule) => (isAlert(rule) ? [] : [rule.rule.record]))),
  );
  const isWritten = (metric: string): boolean => recorded.has(metric) || metric.startsWith('tocsin_');
  return groups.map((group) => {
    const foresight = new Foresight(group, windows, isWritten);
    return foresight.isWorthwhile ? foresight : undefined;
  });
}

function remembered(
  groups: readonly CompiledGroup[],
  indexes: ReadonlyMap<string, number>,
): (labels: Labels) => readonly number[] {
  const readers = readersOf(groups);
  const known = new Map<string, readonly number[]>();
  return (labels) => {
    const key = labelsKey(labels);
    let found = known.get(key);
    if (found === undefined) known.set(key, (found = readers(labels).map((name) => indexes.get(name)!)));
    return found;
  };
}

/** A price without another one of the same asset cannot be frozen. */
function hasPeers(series: readonly History[]): boolean {
  const assets = series.filter(({ labels }) => labels[NAME] === PRICE).map(({ labels }) => labels['asset'] ?? '');
  return new Set(assets).size < assets.length;
}
