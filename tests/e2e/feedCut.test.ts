import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Incident } from '../../demo/incident.ts';
import { setStage } from '../../demo/stage.ts';
import type { Stage } from '../../demo/stage.ts';
import { readTold } from '../../demo/told.ts';
import type { Status } from '../../src/model/status.ts';
import { answers, healthy, startProxy } from '../io/evmProxy.ts';
import type { Proxy } from '../io/evmProxy.ts';

const NAV = 1.26;
const DEPEGGED = 1.2;
const START = Date.UTC(2025, 10, 3, 10) / 1000;
const PRICES = [NAV, DEPEGGED, DEPEGGED, DEPEGGED, DEPEGGED, DEPEGGED, DEPEGGED, DEPEGGED, NAV, NAV, NAV];
const incident: Incident = {
  nav: NAV,
  disclosure: 0,
  hours: PRICES.map((price, hour) => ({ at: START + hour * 3600, price })),
};

let stage: Stage;
let proxy: Proxy;
let hour = 0;

beforeAll(async () => {
  stage = await setStage({
    incident,

    // The sources read through the proxy; the judging clock goes on without it.
    settings: async (text, node) => {
      proxy = await startProxy(node.url);
      return text
        .replace("rpc: ['${DEMO_RPC}'] }", `rpc: ['${proxy.url}'] }\n  time: { id: 31338, rpc: ['\${DEMO_RPC}'] }`)
        .replace('chain: local }', 'chain: time }')
        .replace('repeat_interval: 7d', 'repeat_interval: 2h');
    },
  });
}, 120_000);
afterAll(async () => {
  await stage.close();
  await proxy.stop();
});

test(
  'an alert whose feed is cut stays firing, says so, and resolves once the price recovered',
  { timeout: 180_000 },
  async () => {
    await play(3);
    expect(belowNav(await stage.worker.status())).toMatchObject({ state: 'firing', level: 'critical' });

    proxy.fault = answers(500, 'upstream connect error');
    const cut = hour;
    await play(5);
    const blind = belowNav(await stage.worker.status());
    expect(blind).toMatchObject({
      state: 'firing',
      level: 'critical',
      unknown: { reason: expect.stringMatching(/stale/) },
    });
    expect(blind!.lastKnownAt).toBeLessThan((START + cut * 3600) * 1000 + 3 * 3_600_000);
    await vi.waitFor(() => expect(texts()).toMatch(/last known .* stale since/), { timeout: 5000 });
    expect(texts()).not.toMatch(/RESOLVED/);
    const changes = await readTold(stage, 0);
    const alarms = changes.filter(({ alert }) => alert === 'SourceDown' || alert === 'ChainDown');
    expect(new Set(alarms.map(({ alert, labels }) => JSON.stringify([alert, labels]))).size).toBe(alarms.length);
    expect(alarms.map(({ alert }) => alert).toSorted()).toEqual(['ChainDown', ...Array(4).fill('SourceDown')]);
    for (const { receivers } of alarms) expect(receivers).toEqual(['email', 'inbox', 'slack']);
    expect(changes.filter(({ state }) => state === 'resolved')).toEqual([]);

    proxy.fault = healthy;
    await play(3);
    expect(belowNav(await stage.worker.status())).toBeUndefined();
    await vi.waitFor(() => expect(texts()).toMatch(/RESOLVED.*Stream xUSD/), { timeout: 5000 });
  },
);

async function play(hours: number): Promise<void> {
  for (const next of incident.hours.slice(hour, hour + hours)) {
    await stage.play(next);
    await stage.judged(next.at);
  }
  hour += hours;
}

function belowNav({ alerts }: Status) {
  return alerts.find(({ rule }) => rule === 'BelowNav');
}

function texts(): string {
  return stage.slack.received.map(({ payload }) => JSON.stringify(payload)).join('\n');
}
