import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { Teller } from '../../src/jobs/teller.ts';
import type { DueKey } from '../../src/model/claim.ts';

const keyOf = (index: number, receiver = 'desk'): DueKey => ({ receiver, groupKey: `g${index}` });

/** Groups with the moment at which each is due; telling one takes it off. */
function world(
  due: Map<DueKey, number>,
  tell?: (key: DueKey) => Promise<boolean>,
  isGrowing: (key: DueKey) => boolean = () => false,
) {
  const unclaimed: string[] = [];
  const told: string[] = [];
  const onError = vi.fn<(error: unknown) => void>();
  const teller = new Teller<DueKey>({
    store: {
      dueGroups: async (now) => [...due].filter(([, at]) => at <= now).map(([key]) => key),
      nextDue: async (now) => [...due.values()].filter((at) => at > now).sort((a, b) => a - b)[0],
    },
    claim: async (keys) => keys,
    unclaim: async (keys) => void unclaimed.push(...keys.map(({ groupKey }) => groupKey)),
    isGrowing,
    keyOf: (key) => key,
    prepare: async (key) => async () => {
      if (tell && !(await tell(key))) return false;
      due.delete(key);
      told.push(key.groupKey);
      return true;
    },
    ...{ now: Date.now, machineNow: Date.now, onError },
  });
  return { teller, told, unclaimed, onError };
}

describe('Teller', () => {
  it('tells what is due at once, and the rest when its moment has come', async () => {
    const later = Date.now() + 300;
    const due = new Map([
      [keyOf(1), 0],
      [keyOf(2), later],
    ]);
    const early: boolean[] = [];
    const { teller, told } = world(due, async ({ groupKey }) => {
      if (groupKey === 'g2') early.push(Date.now() < later);
      return true;
    });
    teller.wake();
    await expect.poll(() => told, { timeout: 10_000 }).toEqual(['g1', 'g2']);
    expect(early).toEqual([false]);
    await teller.stop();
  });

  it('tells a group once although it is woken often, and many groups of a receiver at most two dozen at a time', async () => {
    const due = new Map(Array.from({ length: 60 }, (_, index) => [keyOf(index), 0]));
    let [now, most] = [0, 0];
    const { teller, told } = world(due, async () => {
      most = Math.max(most, ++now);
      await sleep(5);
      now--;
      return true;
    });
    for (let time = 0; time < 20; time++) teller.wake();
    await expect.poll(() => told.length, { timeout: 10_000 }).toBe(60);
    expect(new Set(told).size).toBe(60);
    expect(most).toBeLessThanOrEqual(24);
    await teller.stop();
  });

  it('leaves room for others when a receiver never answers, and does not try again by itself what failed', async () => {
    const slow = Array.from({ length: 30 }, (_, index) => keyOf(index, 'slow'));
    const due = new Map([...slow, keyOf(99)].map((key) => [key, 0]));
    const release: (() => void)[] = [];
    const { teller, told, unclaimed, onError } = world(due, async ({ receiver }) => {
      if (receiver === 'desk') return true;
      await new Promise<void>((resolve) => release.push(resolve));
      throw new Error('The receiver hung up.');
    });
    teller.wake();
    await expect.poll(() => told).toEqual(['g99']);
    expect(teller.has(slow[0]!)).toBe(true);
    await teller.tell(slow[29]!);
    const stopped = teller.stop();
    while (release.length > 0) {
      for (const go of release.splice(0)) go();
      await sleep(1);
    }
    await stopped;
    expect(onError).toHaveBeenCalledTimes(24);
    expect(told).toEqual(['g99']);
    expect(unclaimed).toEqual(slow.slice(24).map(({ groupKey }) => groupKey));
  });

  it('leaves a group that grows until it is woken again', async () => {
    let grows = true;
    const { teller, told } = world(
      new Map([
        [keyOf(1), 0],
        [keyOf(2), 0],
      ]),
      undefined,
      ({ groupKey }) => grows && groupKey === 'g1',
    );
    teller.wake();
    await expect.poll(() => told).toEqual(['g2']);
    grows = false;
    teller.wake();
    await expect.poll(() => told).toEqual(['g2', 'g1']);
    await teller.stop();
  });

  it('tells what is claimed already at its moment, at most two dozen at a time, and gives back what it did not when it stops', async () => {
    const keys = Array.from({ length: 40 }, (_, index) => keyOf(index));
    let [sending, most] = [0, 0];
    const early: boolean[] = [];
    const due = Date.now() + 200;
    const { teller, told, unclaimed } = world(new Map(), async () => {
      // A timer may be a millisecond early by this clock.
      early.push(Date.now() < due - 2);
      most = Math.max(most, ++sending);
      // Longer than it takes to begin two dozen.
      await sleep(100);
      sending--;
      return true;
    });
    const all = teller.tellAhead(keys.map((key) => ({ key, due, claimed: () => key })));
    expect(keys.every((each) => teller.has(each))).toBe(true);
    await all;
    expect([told.length, early.includes(true), most]).toEqual([40, false, 24]);
    expect(keys.some((each) => teller.has(each))).toBe(false);
    const late = teller.tellAhead([{ key: keyOf(50), due: Date.now() + 60_000, claimed: () => keyOf(50) }]);
    await sleep(20);
    await teller.stop();
    await late;
    expect([told.includes('g50'), unclaimed]).toEqual([false, ['g50']]);
  });

  it('begins one after the other what is due at the same moment, so that what is read between them does not wait', async () => {
    let turns = 0;
    let isOver = false;
    const count = () => void setImmediate(() => ++turns && !isOver && count());
    count();
    const begun: number[] = [];
    const { teller } = world(new Map(), async () => begun.push(turns) > 0);
    const due = Date.now() + 50;
    const keys = Array.from({ length: 10 }, (_, index) => keyOf(index));
    await teller.tellAhead(keys.map((key) => ({ key, due, claimed: () => key })));
    isOver = true;
    expect(new Set(begun).size).toBe(10);
  });
});
