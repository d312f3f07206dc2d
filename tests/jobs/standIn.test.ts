import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, expect, it, vi } from 'vitest';
import type { EvaluateJob } from '../../src/jobs/queues.ts';
import { StandIn } from '../../src/jobs/standIn.ts';

const added: string[] = [];
const here: number[] = [];
const heard: [boolean, string?][] = [];
const gates: (() => void)[] = [];
let machine = 0;
let take: () => Promise<void>;

const standIn = (wait = false) =>
  new StandIn({
    queues: {
      add: async (_name, id) => {
        await take();
        added.push(id);
      },
    },
    process: {
      collect: async () => undefined,
      deliver: async () => undefined,
      evaluate: async ({ at }: EvaluateJob) => {
        here.push(at);
        if (wait) await new Promise<void>((done) => gates.push(done));
        if (at === 13) throw new Error('says so by itself');
      },
    },
    concurrency: { collect: 1, evaluate: 2, deliver: 1 },
    machineNow: () => machine,
    onChange: (isUp, reason) => heard.push(isUp ? [true] : [false, (reason as Error).message]),
  });
const add = async (to: StandIn, at: number) => to.add('evaluate', `g.${at}`, { group: 'g', at });

beforeEach(() => {
  for (const list of [added, here, heard, gates]) list.length = 0;
  machine = 0;
  take = async () => undefined;
});

it('does the jobs here while the queue takes none, and gives them to it again once it is back', async () => {
  const to = standIn();
  await add(to, 1);
  take = async () => Promise.reject(new Error('gone'));
  await add(to, 2);
  await add(to, 13);
  take = async () => undefined;
  machine = 2000;
  await add(to, 3);
  await vi.waitFor(() => expect(heard).toHaveLength(3));
  await add(to, 4);
  expect({ added, here, heard }).toEqual({
    added: ['g.1', 'g.3', 'g.4'],
    here: [2, 13, 3],
    heard: [[true], [false, 'gone'], [true]],
  });
});

it('waits five seconds for a queue that does not answer, and for one that is away no more', async () => {
  vi.useFakeTimers();
  try {
    const to = standIn();
    take = async () => new Promise(() => undefined);
    const first = add(to, 1);
    await vi.advanceTimersByTimeAsync(4999);
    expect(here).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    await first;
    await add(to, 2);
    expect(here).toEqual([1, 2]);
    expect(heard).toEqual([[false, 'no answer within 5000 ms']]);
  } finally {
    vi.useRealTimers();
  }
});

it('tries a queue that is away every two seconds', async () => {
  const to = standIn();
  let tries = 0;
  take = async () => {
    tries++;
    throw new Error('gone');
  };
  for (const at of [1, 2, 3]) await add(to, at);
  machine = 1999;
  await add(to, 4);
  expect(tries).toBe(2);
  machine = 2000;
  await add(to, 5);
  expect(tries).toBe(3);
});

it('does a job once at a time, no more of a kind than there is room for, and waits for them at its end', async () => {
  const to = standIn(true);
  take = async () => Promise.reject(new Error('gone'));
  for (const at of [1, 1, 2, 3]) await add(to, at);
  expect(here).toEqual([1, 2]);
  const settled = to.settled();
  expect(await Promise.race([settled, sleep(50).then(() => 'not yet')])).toBe('not yet');
  for (const open of gates) open();
  await settled;
  await add(to, 3);
  await vi.waitFor(() => expect(here).toEqual([1, 2, 3]));
});
