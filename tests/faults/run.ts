import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import { alertId } from '../../src/model/alert.ts';
import type { Silence } from '../../src/model/mute.ts';
import { lifeOf } from './crashes.ts';
import { judge } from './judge.ts';
import type { Judgement } from './judge.ts';
import { randomOf } from './random.ts';
import type { Random } from './random.ts';
import { MODES, Receiver } from './receiver.ts';
import type { Mode } from './receiver.ts';
import { ASSETS, RECEIVERS, settingsOf } from './rules.ts';
import { startProcess, turn } from './world.ts';
import type { Process } from './world.ts';
import { calmDown, drawStorm, postsOf } from './storm.ts';
import type { Posting } from './storm.ts';

const START = Date.UTC(2026, 4, 1, 12);
const second = 1000;
const STEPS = 14;
const STORY_MODES: readonly Mode[] = [...MODES, 'gone'];
/** Begins the name of a silence whose id is not known (yet). */
const ASKED = 'asked';
/** Moments up to which a life may last: a turn has some dozens. */
const LONGEST_LIFE = 400;

/** One seeded story in one process at a time; every life ends at a moment of its own. */
export async function runSeed(seed: number, pool: Pool): Promise<Judgement> {
  const story = new Story(seed, pool);
  for (let step = 0; step < STEPS; step++) await story.step();
  await story.settle();
  return story.judged();
}

class Story {
  readonly #random: Random;
  readonly #pool: Pool;
  readonly #setting;
  readonly #receiver = new Receiver(async () => {
    const { rows } = await this.#pool.query<{ id: number }>('select id::int as id from tocsin.transitions');
    return new Set(rows.map(({ id }) => id));
  });
  readonly #prices = new Map<string, number>();
  readonly #silences = new Map<string, Silence>();
  /** What another program says of its alerts. */
  readonly #posted = new Map<string, Posting>();
  #now = START;
  /** What a restart takes the time to be is behind or ahead by this. */
  #machine = START;
  #process: Process | undefined;

  constructor(seed: number, pool: Pool) {
    this.#random = randomOf(seed);
    this.#pool = pool;
    const settings = settingsOf(second);
    this.#setting = settings[seed % settings.length]!;
  }

  async step(): Promise<void> {
    const { below, chance, of } = this.#random;
    this.#pass((1 + below(30)) * second);
    if (chance(0.15)) this.#machine += (below(120) - 60) * second;
    if (chance(0.1)) this.#now += below(120) * second;
    // A clock that is set: what was judged is not judged again until it has caught up.
    if (chance(0.08)) this.#now -= below(90) * second;
    for (const asset of ASSETS) if (chance(0.4)) this.#prices.set(asset, of([0.3, 0.8, 0.9, 1.1, 2]));
    this.#receiver.mode = of(STORY_MODES);
    if (chance(0.25)) await this.#act();
    if (chance(0.4)) await this.#storm(below(LONGEST_LIFE));
    const locked = chance(0.05) ? this.#lock() : undefined;
    await this.#live(async (process) => turn(process, this.#prices), below(LONGEST_LIFE));
    await locked;
  }

  /** Everything works again, in a process that lasts; nothing is muted any more, and time passes until all is told. */
  async settle(): Promise<void> {
    this.#receiver.mode = 'fine';
    this.#end();
    for (const silence of this.#silences.values()) this.#now = Math.max(this.#now, silence.endsAt);
    // What is critical at the end would inhibit others for good.
    for (const [asset, price] of this.#prices) if (price < 0.5) this.#prices.set(asset, 0.8);
    calmDown(this.#posted);
    // What is said at an instant before the last one heard of is late.
    this.#now = Math.max(this.#now, this.#receiver.latest);
    await this.#live(async (process) => process.post(postsOf(this.#posted, this.#now)), Infinity);
    for (let round = 0; round < 4; round++) {
      this.#pass(700 * second);
      await this.#live(async (process) => turn(process, this.#prices), Infinity);
    }
    // Mute times of two minutes are over by then, or two minutes later.
    this.#pass(120 * second);
    await this.#live(async (process) => turn(process, this.#prices), Infinity);
    this.#end();
  }

  #end(): void {
    this.#process?.life.end();
    this.#process = undefined;
    this.#excuse();
  }

  /** What was accepted last of a life that has ended may not have been written down. */
  #excuse(): void {
    for (const each of this.#receiver.accepted) if (!each.written) each.excused = true;
  }

  async judged(): Promise<Judgement> {
    return judge(this.#pool, this.#receiver.accepted, {
      setting: this.#setting,
      silences: [...this.#silences.values()],
      posted: this.#posted,
    });
  }

  #isFallback(receiver: string): boolean {
    return Object.values(this.#setting.fallback ?? {}).includes(receiver);
  }

  #pass(ms: number): void {
    this.#now += ms;
    this.#machine += ms;
  }

  /** Does something in the process that lives, or starts one that ends at a moment drawn. */
  async #live(work: (process: Process) => Promise<void>, point: number): Promise<void> {
    const life = this.#process?.life ?? lifeOf(point);
    this.#receiver.latest = Math.max(this.#receiver.latest, this.#now);
    const done = (async () => {
      this.#process ??= await startProcess({
        ...{ pool: this.#pool, life, setting: this.#setting },
        clocks: { now: () => this.#now, machineNow: () => this.#machine },
        claiming: async (claim) => this.#receiver.claiming(claim),
        onWritten: ({ id }) => {
          for (const each of this.#receiver.accepted) if (each.notification.id === id) each.written = true;
        },
        notifiers: new Map(RECEIVERS.map((name) => [name, this.#receiver.notifier(life, this.#isFallback(name))])),
      });
      await work(this.#process);
    })();
    await Promise.race([done, life.ended]);
    if (!life.isOver()) return;
    this.#process = undefined;
    this.#excuse();
    if (this.#random.chance(0.5)) this.#pass(61 * second);
  }

  /** Another program posts many alerts at once, and those of before again, since nobody may have taken them. */
  async #storm(point: number): Promise<void> {
    drawStorm(this.#posted, this.#random);
    await this.#live(async (process) => {
      await process.post(postsOf(this.#posted, this.#now));
      await process.judged();
    }, point);
  }

  /** People mute and unmute, through a life of their own. */
  async #act(): Promise<void> {
    const { below, chance, of } = this.#random;
    await this.#live(async ({ store }) => {
      const act = { by: 'ada', via: 'api', at: this.#now };
      const asset = of(ASSETS);
      if (chance(0.4)) {
        const alertIds = [alertId({ rule: 'Low', labels: { asset } })];
        await store.acknowledge({ alertIds, until: this.#now + below(300) * second }, act);
        return;
      }
      // Nobody ends one of which he never heard whether it was made.
      const known = [...this.#silences.values()].filter(
        ({ id, endsAt }) => endsAt > this.#now && !id.startsWith(ASKED),
      );
      if (known.length > 0 && chance(0.5)) {
        const old = of(known);
        await store.expireSilence(old.id, act);
        // It covered all until now; where the clock had been ahead, the last instant as well.
        const { latest } = this.#receiver;
        this.#silences.set(old.id, { ...old, endsAt: latest > this.#now ? latest + 1 : this.#now });
        return;
      }
      const input = {
        matchers: [{ name: 'asset', op: '=', value: asset } as const],
        ...{ startsAt: this.#now, endsAt: this.#now + below(300) * second, createdBy: 'ada', comment: 'story' },
      };
      const id = `${ASKED} ${this.#silences.size}`;
      this.#silences.set(id, { ...input, id, updatedAt: this.#now });
      const given = await store.addSilence(input, act);
      this.#silences.delete(id);
      this.#silences.set(given, { ...input, id: given, updatedAt: this.#now });
    }, below(LONGEST_LIFE));
  }

  /** Somebody holds the tables for a while. */
  async #lock(): Promise<void> {
    const client = await this.#pool.connect();
    await client.query('begin');
    await client.query('lock table tocsin.group_due in access exclusive mode');
    await sleep(20);
    await client.query('commit');
    client.release();
  }
}
