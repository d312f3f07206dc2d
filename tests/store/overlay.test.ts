import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { tellingsFor } from '../../src/dispatch/route.ts';
import { decideFor } from '../../src/jobs/decide.ts';
import { alertId } from '../../src/model/alert.ts';
import { freshStore } from '../support/postgres.ts';
import type { FreshStore } from '../support/postgres.ts';
import { alert, ask, day, evaluation, minute, notification, now, transition } from './contract/fixtures.ts';

const route = {
  ...{ receivers: ['desk'], groupBy: ['alertname'], matchers: [], routes: [], continue: false },
  ...{ groupWait: 0, groupInterval: 0, repeatInterval: day },
};
const STEPS = ['turn', 'turn', 'tell', 'tell', 'silence', 'expire', 'ack', 'unack'] as const;
type Step = (typeof STEPS)[number];

let fresh: FreshStore;
beforeAll(async () => {
  fresh = await freshStore();
});
afterAll(async () => fresh.drop());

/** One alert on the real store, with people who mute it or who leave it alone. */
class Scene {
  readonly rule: string;
  readonly #id: string;
  readonly #isLeftAlone: boolean;
  #fires = false;
  #previous = 0;
  #silence: string | undefined;
  #isAcked = false;
  readonly wrong: string[] = [];

  constructor(rule: string, isLeftAlone: boolean) {
    this.rule = rule;
    this.#id = alertId(alert({ rule }));
    this.#isLeftAlone = isLeftAlone;
  }

  async step(step: Step, at: number): Promise<void> {
    if (step === 'turn') return this.#turn(at);
    if (step === 'tell') return this.tell(at);
    if (!this.#isLeftAlone) await this.#mute(step, at);
  }

  async #turn(at: number): Promise<void> {
    this.#fires = !this.#fires;
    const { rule } = this;
    const times = { at, activeAt: at };
    const levels = this.#fires ? {} : ({ from: 'warning', to: null } as const);
    const changed = transition(this.#fires ? 'firing' : 'resolved', { rule, ...times, ...levels });
    const state = this.#fires ? alert({ rule, activeAt: at }) : alert({ rule, state: 'inactive', level: null });
    const transitions = [{ transition: changed, tellings: tellingsFor(route, changed) }];
    const commit = { ...evaluation(at, this.#previous, { alerts: [state], transitions }), group: rule };
    if (!(await fresh.store.commitEvaluation(commit))) throw new Error(`The turn at ${at} was refused.`);
    this.#previous = at;
    if (!this.#fires) this.#isAcked = false;
  }

  async #mute(step: Step, at: number): Promise<void> {
    const { store } = fresh;
    const act = { by: 'ada', via: 'api', at } as const;
    if (step === 'silence' && this.#silence === undefined) {
      const matchers = [{ name: 'alertname', op: '=', value: this.rule }] as const;
      const times = { startsAt: at, endsAt: at + 9 * day };
      this.#silence = await store.addSilence({ matchers, ...times, createdBy: 'ada', comment: 'known' }, act);
    }
    if (step === 'expire' && this.#silence !== undefined) {
      await store.expireSilence(this.#silence, act);
      this.#silence = undefined;
    }
    if (step === 'ack')
      this.#isAcked = (await store.acknowledge({ alertIds: [this.#id], until: at + 9 * day }, act)).length > 0;
    if (step === 'unack') {
      await store.unacknowledge([this.#id], act);
      this.#isAcked = false;
    }
  }

  async tell(at: number): Promise<void> {
    const { store } = fresh;
    const due = (await store.dueGroups(at, at)).filter(({ groupKey }) => groupKey.includes(`"${this.rule}"`));
    for (const claimed of await store.claim(due, { now: at, machineNow: at, claimMs: minute })) {
      const { claim, beliefs, ...back } = await decideFor(claimed, at, { config: { route }, store });
      if (claim === undefined) await store.park(claimed, { ...back, now: at });
      else await store.told([{ claim, sent: { notification: notification(claim, at), now: at, back, beliefs } }]);
      const isMuted = this.#fires && (this.#silence !== undefined || this.#isAcked);
      if (isMuted && claim !== undefined) this.wrong.push(`told at ${at} although it is muted`);
    }
  }

  /** Nothing mutes it any more, and everybody hears what they are to hear. */
  async end(at: number): Promise<void> {
    for (const step of ['expire', 'unack'] as const) await this.step(step, at);
    for (const later of [1, 2, 3]) await this.tell(at + later);
  }

  /** What became of it, and what its receiver takes to be so; a flap that nobody needs to hear of stays untold in either. */
  async outcome(): Promise<unknown> {
    const history = await fresh.store.alertHistory(this.#id, 100);
    const stored = await ask(fresh.url, `select state, level from tocsin.alerts where id = '${this.#id}'`);
    const believed = await ask(
      fresh.url,
      `select heard -> '${this.#id}' ->> 'level' as told_level from tocsin.group_due
       where heard -> '${this.#id}' ->> 'level' is not null`,
    );
    return {
      wrong: this.wrong,
      turns: history?.transitions.map(({ at, kind }) => [at, kind]),
      stored,
      believed,
    };
  }
}

it('mutes what is told and never what is so: without mutes or once they are over, the same is stored and believed', async () => {
  let run = 0;
  const script = fc.array(fc.constantFrom(...STEPS), { minLength: 3, maxLength: 16 });
  const same = fc.asyncProperty(script, async (steps) => {
    const [muted, plain] = [new Scene(`Muted${++run}`, false), new Scene(`Plain${run}`, true)];
    for (const scene of [muted, plain]) {
      for (const [index, step] of steps.entries()) await scene.step(step, now + index * minute);
      await scene.end(now + steps.length * minute);
    }
    const outcome = await muted.outcome();
    expect(outcome).toMatchObject({ wrong: [] });
    expect(outcome).toEqual(await plain.outcome());
  });
  await fc.assert(same, { numRuns: 15 });
}, 60_000);
