import { AlertBook } from '../alerts/book.ts';
import { GroupEvaluator } from '../alerts/groupEvaluator.ts';
import { tellingsFor } from '../dispatch/route.ts';
import type { Alert, Transition } from '../model/alert.ts';
import type { Notification, Notifier } from '../model/notification.ts';
import type { Route } from '../model/config.ts';
import { labelsKey, NAME } from '../model/labels.ts';
import { NotifyError } from '../model/notification.ts';
import type { Reading } from '../model/sample.ts';
import { dueId } from '../model/claim.ts';
import type { Claim, Telling } from '../model/claim.ts';
import type { Store } from '../model/store.ts';
import { STANDING } from '../alerts/unknown.ts';
import type { Evaluator } from './evaluate.ts';
import type { Batch } from './live.ts';
import { reasonOf } from './quiet.ts';
import type { Quiet } from './quiet.ts';
import type { Runtime } from './runtime.ts';
import { slotsSince } from './slots.ts';

export interface AdriftDeps {
  readonly store: Store;
  readonly runtime: Runtime;
  readonly evaluator: Evaluator;
  readonly route: Route;
  readonly notifiers: ReadonlyMap<string, Notifier>;
  readonly collect: (batch: Batch) => Promise<readonly Reading[]>;
  /** Composes without asking the store. */
  readonly compose: (claim: Claim, now: number) => Promise<Notification>;
  readonly now: () => number;
  readonly quiet: Quiet;
  readonly log: (level: 'info' | 'warn' | 'error', event: Readonly<Record<string, unknown>>, message: string) => void;
}

/** What was judged of a group since the store was lost. */
interface Drifted {
  at: number;
  deadline: number;
  readonly evaluator: GroupEvaluator;
  readonly transitions: Transition[];
}

/** A message that its receiver has not accepted yet. */
interface Unsent {
  readonly telling: Telling;
  readonly untold: (Transition & { readonly id: number })[];
}

const SEND_MS = 10_000;
const PROBE_MS = 5000;

/**
 * Goes on while nothing can be stored: reads, judges and tells from memory, in this process alone, once a tick. What it told is
 * written down as told once the store is back, so that nobody hears it twice; samples of that time are not kept. A restart
 * meanwhile forgets what was told, and then it is told again.
 */
export class Adrift {
  readonly #deps: AdriftDeps;
  readonly #groups = new Map<string, Drifted>();
  readonly #read = new Map<string, number>();
  readonly #unsent = new Map<string, Unsent>();
  #ids = 0;

  constructor(deps: AdriftDeps) {
    this.#deps = deps;
  }

  /** Whether there is room to store more than a row or two; says so as a series. */
  async probe(): Promise<boolean> {
    const at = this.#deps.now();
    const sample = { labels: { [NAME]: 'tocsin_store_writable' }, value: 1, at, maxAge: STANDING };
    const late = new Promise<false>((resolve) => setTimeout(() => resolve(false), PROBE_MS).unref());
    const { store } = this.#deps;
    const written = store
      .findRoom()
      .then(async () => store.saveOwn([sample], at))
      .then(
        () => true,
        () => false,
      );
    return Promise.race([written, late]);
  }

  /** One tick without the store. */
  async tick(): Promise<void> {
    const { runtime, now } = this.#deps;
    const { live, windows } = runtime;
    windows.view.put({ labels: { [NAME]: 'tocsin_store_writable' }, value: 0, at: now(), maxAge: STANDING });
    const due = [...live.batches.values()].filter(
      ({ name, every }) => slotsSince(this.#read.get(name) ?? 0, now(), every, 1).length > 0,
    );
    const read = await Promise.all(due.map(async (batch) => this.#collect(batch)));
    const users = new Set(read.flat().flatMap(({ source }) => live.usersOf(source)));
    for (const { name, interval } of live.groups.values()) {
      const { at, deadline } = this.#groups.get(name) ?? { at: 0, deadline: Infinity };
      if (users.has(name) || now() - at >= interval || deadline <= now()) this.#judge(name, now());
    }
    await Promise.all([...this.#unsent.keys()].map(async (key) => this.#send(key)));
  }

  /** Writes down what was judged and told, so that judging goes on from there. */
  async land(): Promise<void> {
    const { store, evaluator } = this.#deps;
    for (const [group, { at, evaluator: drifted, transitions }] of this.#groups) {
      const { evaluatedAt } = await store.groupState(group);
      const told = transitions.map((transition) => ({ transition, tellings: this.#untoldOf(transition) }));
      const all = [...drifted.book.alerts.values()].flatMap((members) => [...members.values()]);
      await store.commitEvaluation({
        group,
        now: at,
        previous: evaluatedAt,
        recorded: [],
        alerts: all,
        deleted: [],
        transitions: told,
      });
      this.#groups.delete(group);
    }
    this.#unsent.clear();
    this.#read.clear();
    await evaluator.reset();
  }

  async #collect(batch: Batch): Promise<readonly Reading[]> {
    const { runtime, collect, now } = this.#deps;
    this.#read.set(batch.name, now());
    const readings = await collect(batch);
    const maxAge = new Map(batch.sources.map((source) => [source.id, source.maxAge]));
    for (const { source, samples } of readings) {
      for (const { labels, metric, value, at } of samples)
        runtime.windows.view.put({ labels: { ...labels, [NAME]: metric }, value, at, maxAge: maxAge.get(source)! });
    }
    return readings;
  }

  #judge(name: string, at: number): void {
    const { runtime, evaluator, route, log } = this.#deps;
    const { live, windows } = runtime;
    const drifted = this.#groups.get(name) ?? {
      at,
      deadline: Infinity,
      evaluator: new GroupEvaluator(
        live.groups.get(name)!,
        windows.view,
        new AlertBook().restore(evaluator.known(name)),
      ),
      transitions: [],
    };
    this.#groups.set(name, drifted);
    const said = drifted.evaluator.evaluate(at);
    drifted.at = at;
    drifted.deadline = said.deadline();
    for (const transition of said.transitions) {
      log('info', { ...transition }, 'alert changed');
      drifted.transitions.push(transition);
      for (const telling of tellingsFor(route, transition))
        if (telling.after === undefined) this.#due(telling, transition);
    }
  }

  #due(telling: Telling, transition: Transition): void {
    const key = dueId(telling);
    const unsent = this.#unsent.get(key) ?? { telling, untold: [] };
    unsent.untold.push({ ...transition, id: ++this.#ids });
    this.#unsent.set(key, unsent);
  }

  async #send(key: string): Promise<void> {
    const { notifiers, compose, now, log, quiet } = this.#deps;
    const { telling, untold } = this.#unsent.get(key)!;
    const told = [...untold];
    try {
      const message = await compose(this.#claim(telling, told), now());
      await notifiers.get(telling.receiver)?.send(message, AbortSignal.timeout(SEND_MS));
    } catch (error) {
      const { receiver } = telling;
      const reason = reasonOf(error);
      quiet(`${receiver} ${reason}`, (held) => log('warn', { receiver, reason, held }, 'notification failed'));
      // The inbox is in the store: what only it was to be told waits for the store.
      if (error instanceof NotifyError) return;
    }
    untold.splice(0, told.length);
    if (untold.length === 0) this.#unsent.delete(key);
  }

  #claim(telling: Telling, untold: Unsent['untold']): Claim {
    const alerts = new Map<string, Alert>();
    for (const { rule, labels } of untold) {
      for (const drifted of this.#groups.values()) {
        const alert = drifted.evaluator.book.alerts.get(rule)?.get(labelsKey(labels));
        if (alert) alerts.set(`${rule}\n${labelsKey(labels)}`, alert);
      }
    }
    const thread = `adrift ${untold[0]!.at} ${untold[0]!.id}`;
    return { ...telling, token: '', threadId: thread, attempts: 0, earlier: [], untold, alerts: [...alerts.values()] };
  }

  /** Who was not reached while the store was away is told in the usual way once it is back. */
  #untoldOf(transition: Transition): readonly Telling[] {
    return [...this.#unsent.values()]
      .filter(({ untold }) =>
        untold.some(
          ({ rule, labels, at }) =>
            rule === transition.rule && at === transition.at && labelsKey(labels) === labelsKey(transition.labels),
        ),
      )
      .map(({ telling }) => telling);
  }
}
