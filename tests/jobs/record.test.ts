import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Recorder } from '../../src/jobs/record.ts';
import type { Claim, Sent } from '../../src/model/claim.ts';

it('records what is accepted at a time together, and waits for no more once half of what may be under way is accepted', async () => {
  const lots: number[] = [];
  const told = async (accepted: readonly unknown[]) => {
    lots.push(accepted.length);
    await sleep(10);
    return accepted.map(() => true);
  };
  const recorder = new Recorder({ store: { told }, now: Date.now, machineNow: Date.now });
  const accept = async (count: number) =>
    Promise.all(Array.from({ length: count }, async () => recorder.record({} as Claim, {} as Sent, Infinity)));
  const first = accept(2);
  await expect.poll(() => lots.length, { interval: 1 }).toBe(1);
  // They come while the first are written, and would be gathered for longer if they were fewer.
  const lot = accept(12);
  await first;
  await sleep(5);
  await Promise.all([lot, accept(2)]);
  expect(lots).toEqual([2, 12, 2]);
});
