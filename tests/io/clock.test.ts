import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { chainClock, wallClock, type Clock } from '../../src/io/clock.ts';
import { reply, serve, type LocalServer } from './http-server.ts';

const open: { close: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0)) await thing.close();
});

/** A node whose newest block is the one that is set; 0 answers an error. */
async function node(seconds: number): Promise<LocalServer & { mine: (seconds: number) => void }> {
  let time = seconds;
  const server = await serve((_, response) =>
    time === 0
      ? reply(response, 503, 'starting')
      : reply(response, 200, { jsonrpc: '2.0', id: 1, result: { timestamp: `0x${time.toString(16)}` } }),
  );
  open.push(server);
  return { ...server, mine: (next) => void (time = next) };
}

async function follow(url: string): Promise<Clock> {
  const clock = await chainClock(url, { every: 5, patience: 500 });
  open.unshift(clock);
  return clock;
}

const HOUR = 3600;
const START = 1_762_000_000;

describe('wallClock', () => {
  it('tells the time of the machine', () => {
    const clock = wallClock();
    expect(Math.abs(clock.now() - Date.now())).toBeLessThan(50);
  });

  it('gives each reading an instant of its own', () => {
    const clock = wallClock();
    const instants = Array.from({ length: 1000 }, () => clock.monotonic());
    expect(instants.every((at, n) => n === 0 || at > (instants[n - 1] ?? 0))).toBe(true);
  });
});

describe('chainClock', () => {
  it("starts at the newest block's time and moves with the machine", async () => {
    const { url } = await node(START);
    const clock = await follow(url);
    const first = clock.now();
    expect(first - START * 1000).toBeLessThan(1000);
    await sleep(60);
    const passed = clock.now() - first;
    expect(passed).toBeGreaterThanOrEqual(50);
    expect(passed).toBeLessThan(1000);
    expect(Math.abs(clock.machineNow() - Date.now())).toBeLessThan(50);
  });

  it('jumps with a new block and says so once', async () => {
    const { url, mine } = await node(START);
    const clock = await follow(url);
    const heard: number[] = [];
    clock.onJump((now) => heard.push(now));
    mine(START + HOUR);
    await expect.poll(() => heard.length, { interval: 5 }).toBe(1);
    expect(heard[0]).toBe((START + HOUR) * 1000);
    await sleep(30);
    expect(heard).toHaveLength(1);
    expect(clock.now()).toBeGreaterThanOrEqual((START + HOUR) * 1000);
  });

  it('tells nobody who stopped listening', async () => {
    const { url, mine } = await node(START);
    const clock = await follow(url);
    const heard: number[] = [];
    clock.onJump((now) => heard.push(now))();
    mine(START + HOUR);
    await expect.poll(() => clock.now(), { interval: 5 }).toBeGreaterThan((START + HOUR) * 1000);
    expect(heard).toEqual([]);
  });

  it('never runs backwards, not even when the chain does', async () => {
    const { url, mine } = await node(START);
    const clock = await follow(url);
    const before = clock.now();
    mine(START - HOUR);
    await sleep(40);
    expect(clock.now()).toBeGreaterThanOrEqual(before);
  });

  it('gives readings strictly rising instants across a jump', async () => {
    const { url, mine } = await node(START);
    const clock = await follow(url);
    const instants = Array.from({ length: 500 }, () => clock.monotonic());
    mine(START + 1);
    await sleep(40);
    instants.push(clock.monotonic(), clock.monotonic());
    expect(instants.every((at, n) => n === 0 || at > (instants[n - 1] ?? 0))).toBe(true);
  });

  it('goes on while the node is silent', async () => {
    const { url, mine } = await node(START);
    const clock = await follow(url);
    mine(0);
    await sleep(30);
    mine(START + HOUR);
    await expect.poll(() => clock.now(), { interval: 5 }).toBeGreaterThan((START + HOUR) * 1000);
  });

  it('waits for a node that is starting', async () => {
    const { url, mine } = await node(0);
    const clock = follow(url);
    await sleep(30);
    mine(START);
    expect((await clock).now()).toBeGreaterThanOrEqual(START * 1000);
  });

  it('gives up on a node that never has a block', async () => {
    const { url, host } = await node(0);
    await expect(chainClock(url, { every: 5, patience: 60 })).rejects.toThrow(
      `The node at ${host}, whose blocks are the clock`,
    );
  });
});
