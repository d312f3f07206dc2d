import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CLAIM_MS, claimDue, prepare } from '../../src/jobs/deliver.ts';
import type { DeliverDeps } from '../../src/jobs/deliver.ts';
import { Recorder } from '../../src/jobs/record.ts';
import { NotifyError } from '../../src/model/notification.ts';
import type { Notification, Notifier } from '../../src/model/notification.ts';
import type { Claim, DueKey } from '../../src/model/claim.ts';
import type { Store } from '../../src/model/store.ts';
import { freshStore } from '../support/postgres.ts';
import type { FreshStore } from '../support/postgres.ts';
import { notification } from '../support/notification.ts';
import { alert, ask, evaluation, key, now, telling, transition } from '../store/contract/fixtures.ts';

let fresh: FreshStore;
let machine: number;
const accepted: string[] = [];
const heard: (readonly [string, boolean])[] = [];

beforeAll(async () => {
  fresh = await freshStore();
});
beforeEach(async () => {
  const tables = ['alerts', 'rule_groups', 'transitions', 'tellings', 'group_due', 'notifications', 'evaluations'];
  await ask(fresh.url, `truncate ${[...tables, 'receiver_states'].map((name) => `tocsin.${name}`).join(', ')} cascade`);
  await ask(fresh.url, 'alter sequence tocsin.transition_ids restart');
  machine = 1_000_000;
  accepted.length = 0;
  heard.length = 0;
  const fired = [{ transition: transition('firing'), tellings: [telling({ groupWait: 0 })] }];
  await fresh.store.commitEvaluation(evaluation(now, 0, { alerts: [alert()], transitions: fired }));
});
afterAll(async () => fresh.drop());

const accepting: Notifier = { send: async ({ id }) => void accepted.push(id) };

/** Ids are those of the untold transitions, so that a repeated message shows. */
const idOf = ({ untold }: Claim) => untold.map(({ id }) => id).join('+');

type Deps = Omit<DeliverDeps, 'recorder' | 'store'> & { readonly store: Store };

/** Claims, sends and records. */
async function deliver(due: DueKey, given: Deps): Promise<boolean> {
  const [claimed] = await claimDue([due], given);
  const send = claimed && (await prepare(claimed, { ...given, recorder: new Recorder(given) }));
  return send !== undefined && send();
}

function deps(over: Partial<Deps> = {}, notifier: Notifier = accepting): Deps {
  return {
    store: fresh.store,
    notifiers: new Map([['desk', notifier]]),
    decide: async (claim) => ({ claim, kept: new Map(), held: [], beliefs: new Map() }),
    fallbackOf: () => undefined,
    compose: async (claim): Promise<Notification> => notification({ id: idOf(claim), receiver: 'desk', at: now }),
    now: () => now,
    machineNow: () => machine,
    log: () => undefined,
    delivered: () => undefined,
    onReceiver: async (receiver, alive) => void heard.push([receiver, alive]),
    ...over,
  };
}

const isDue = async () => (await fresh.store.dueGroups(now, machine)).length > 0;

const refusing = (error: Error): Notifier => ({
  send: async () => {
    throw error;
  },
});
const failing = (options: ConstructorParameters<typeof NotifyError>[1]) =>
  refusing(new NotifyError('Slack answered.', options));

async function retryIn(): Promise<number> {
  const start = machine;
  for (const wait of [1000, 2000, 4000, 7000, 8000, 600_000]) {
    machine = start + wait - 1;
    expect(await isDue()).toBe(false);
    machine = start + wait;
    if (await isDue()) return wait;
  }
  return Infinity;
}

/** A store whose process is killed before or after its n-th call: nothing comes back any more. */
function killedAt(store: Store, call: number, moment: 'before' | 'after'): { store: Store; dead: Promise<void> } {
  let calls = 0;
  let die: () => void;
  const dead = new Promise<void>((resolve) => (die = resolve));
  const never = new Promise<never>(() => undefined);
  const wrap =
    (work: (...args: unknown[]) => Promise<unknown>) =>
    async (...args: unknown[]) => {
      const isLast = ++calls === call;
      if (!isLast || moment === 'after') {
        const answer = await work(...args);
        if (!isLast) return answer;
      }
      die();
      return never;
    };
  const methods = Object.entries(store).map(([name, work]) => [name, wrap(work as never)]);
  return { store: Object.fromEntries(methods) as Store, dead };
}

describe('a process killed while it tells', () => {
  const points = [1, 2].flatMap((call) => (['before', 'after'] as const).map((moment) => [moment, call] as const));

  test.each(points)('%s its statement %i loses nothing', async (moment, call) => {
    const { store, dead } = killedAt(fresh.store, call, moment);
    void deliver(key, deps({ store }));
    await dead;
    machine += CLAIM_MS + 1;
    while (await isDue()) await deliver(key, deps());
    const isAcceptedTwice = call === 2 && moment === 'before';
    expect(accepted).toEqual(isAcceptedTwice ? ['1', '1'] : ['1']);
  });

  test('leaves its claim to nobody before it expires', async () => {
    const { store, dead } = killedAt(fresh.store, 1, 'after');
    void deliver(key, deps({ store }));
    await dead;
    machine += CLAIM_MS - 1;
    expect(await isDue()).toBe(false);
    machine += 2;
    expect(await isDue()).toBe(true);
  });

  test('in the middle of the send repeats the message under the same id', async () => {
    let sent: () => void;
    const sending = new Promise<void>((resolve) => (sent = resolve));
    const dying: Notifier = {
      send: async (message, signal) => {
        await accepting.send(message, signal);
        sent();
        return new Promise(() => undefined);
      },
    };
    void deliver(key, deps({}, dying));
    await sending;
    machine += CLAIM_MS + 1;
    await deliver(key, deps());
    expect(accepted).toEqual(['1', '1']);
    expect(await isDue()).toBe(false);
  });
});

test('two processes that tell at the same time send one message', async () => {
  await Promise.all(Array.from({ length: 5 }, async () => deliver(key, deps())));
  expect(accepted).toEqual(['1']);
});

test('a database that is away for a moment after acceptance costs no second message', async () => {
  let failures = 2;
  const store: Store = {
    ...fresh.store,
    told: async (sent) => {
      if (failures-- > 0) throw new Error('terminating connection due to administrator command');
      return fresh.store.told(sent);
    },
  };
  expect(await deliver(key, deps({ store }))).toBe(true);
  expect(accepted).toEqual(['1']);
});

describe('a receiver that refuses', () => {
  test('is asked again after as long as it says', async () => {
    await deliver(key, deps({}, failing({ retryable: true, retryAfterMs: 7000 })));
    expect(await retryIn()).toBe(7000);
    await deliver(key, deps());
    expect(accepted).toEqual(['1']);
  });

  test('is asked again later and later, then accepts', async () => {
    const waits: number[] = [];
    for (let tries = 0; tries < 4; tries++) {
      await deliver(key, deps({}, failing({ retryable: true })));
      waits.push(await retryIn());
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000]);
    await deliver(key, deps());
    expect(accepted).toEqual(['1']);
    expect(heard).toEqual([['desk', true]]);
  });

  test('for good is said to be down, and up again once it accepts', async () => {
    await deliver(key, deps({}, failing({ retryable: false })));
    expect(await fresh.store.receiverStates()).toMatchObject([{ receiver: 'desk', dead: true, waiting: 1 }]);
    expect(await retryIn()).toBe(600_000);
    await deliver(key, deps());
    expect(heard).toEqual([
      ['desk', false],
      ['desk', true],
    ]);
    expect(await fresh.store.receiverStates()).toMatchObject([{ receiver: 'desk', dead: false, waiting: 0 }]);
  });

  test('by an error nobody foresaw is asked again, and the error stays out of what people see', async () => {
    await deliver(key, deps({}, refusing(new TypeError('https://hooks.example/secret is odd'))));
    const [state] = await fresh.store.receiverStates();
    expect(state!.lastError).not.toContain('secret');
    expect(await retryIn()).toBe(1000);
  });

  test('because it left the configuration keeps its message waiting', async () => {
    await deliver(key, deps({ notifiers: new Map() }));
    expect(await fresh.store.receiverStates()).toMatchObject([{ dead: true, waiting: 1 }]);
  });
});

describe('a receiver with a fallback', () => {
  const told: Notification[] = [];
  const phone: Notifier = { send: async (message) => void told.push(message) };
  const withPhone = (desk: Notifier, over: Partial<Deps> = {}) =>
    deps({
      notifiers: new Map([
        ['desk', desk],
        ['phone', phone],
      ]),
      fallbackOf: (receiver) => (receiver === 'desk' ? 'phone' : undefined),
      ...over,
    });
  beforeEach(() => void (told.length = 0));

  test('is asked four times before the other one is told', async () => {
    const down = failing({ retryable: true });
    for (let tries = 0; tries < 4; tries++) {
      expect(await deliver(key, withPhone(down))).toBe(false);
      await retryIn();
    }
    expect(told).toEqual([]);
    expect(await deliver(key, withPhone(down))).toBe(true);
    expect(told).toMatchObject([{ id: '1', receiver: 'phone', earlier: [] }]);
    expect(await isDue()).toBe(false);
    expect(heard).toEqual([
      ['phone', true],
      ['desk', false],
    ]);
  });

  test('that refuses for good has the other one told at once, and is said to be down', async () => {
    expect(await deliver(key, withPhone(failing({ retryable: false })))).toBe(true);
    expect(told).toMatchObject([{ id: '1', receiver: 'phone' }]);
    expect(await fresh.store.receiverStates()).toMatchObject([
      { receiver: 'desk', dead: true, lastError: 'Slack answered.', waiting: 0 },
      { receiver: 'phone', dead: false, lastAcceptedAt: now },
    ]);
  });

  test('is given no receipt of the other one, and is asked first again', async () => {
    await deliver(key, withPhone(failing({ retryable: false })));
    const resolved = { transition: transition('resolved', { at: now + 1 }), tellings: [telling({ groupWait: 0 })] };
    const over = alert({ state: 'inactive', level: null });
    await fresh.store.commitEvaluation(evaluation(now + 1, now, { alerts: [over], transitions: [resolved] }));
    const later = { now: () => now + 600_000 };
    const earlier: (readonly string[])[] = [];
    const composing = {
      ...later,
      compose: async (claim: Claim) => (earlier.push(claim.earlier), notification({ receiver: 'desk' })),
    };
    expect(await deliver(key, withPhone(accepting, composing))).toBe(true);
    expect(earlier).toEqual([[]]);
    expect(accepted).toHaveLength(1);
    expect(told).toHaveLength(1);
  });

  test('keeps its message when the other one takes nothing either', async () => {
    const both = new Map([
      ['desk', failing({ retryable: false })],
      ['phone', failing({ retryable: true, retryAfterMs: 2000 })],
    ]);
    expect(await deliver(key, withPhone(accepting, { notifiers: both }))).toBe(false);
    expect(accepted).toEqual([]);
    expect(await retryIn()).toBe(2000);
    expect(await deliver(key, withPhone(failing({ retryable: false })))).toBe(true);
    expect(told).toMatchObject([{ id: '1' }]);
  });
});

describe('a claim that is made before it is known whose it is', () => {
  const held: Pick<DeliverDeps, 'decide'> = {
    decide: async ({ untold }) => ({
      ...{ claim: undefined, kept: new Map(), beliefs: new Map() },
      ...{ held: untold.map(({ id }) => id), until: now + 60_000 },
    }),
  };
  const broken: Pick<DeliverDeps, 'compose'> = { compose: async () => Promise.reject(new Error('no memory')) };

  test.each<[string, Partial<Deps>]>([
    ['sends', {}],
    ['parks', held],
    ['gives back', broken],
  ])('%s nothing when others have taken it, and nothing before that is known', async (_title, over) => {
    const [claimed] = await claimDue([key], deps());
    const before = await ask(fresh.url, 'select * from tocsin.group_due');
    let decide: (isTaken: boolean) => void;
    const isTaken = new Promise<boolean>((resolve) => (decide = resolve));
    const given = deps(over);
    const prepared = prepare({ ...claimed!, isTaken }, { ...given, recorder: new Recorder(given) });
    const told = prepared.then(async (send) => send?.());
    await sleep(50);
    expect([accepted, await ask(fresh.url, 'select * from tocsin.group_due')]).toEqual([[], before]);
    decide!(false);
    expect(await told).not.toBe(true);
    expect([accepted, await ask(fresh.url, 'select * from tocsin.group_due')]).toEqual([[], before]);
  });
});
