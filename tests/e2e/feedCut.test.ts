import { expect, onTestFinished, test, vi } from 'vitest';
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

test(
  'an alert whose feed is cut stays firing, says so, and resolves once the price recovered',
  { timeout: 180_000 },
  async () => {
    const { stage, proxy } = await setCut();
    await play(stage, 0, 3);
    expect(belowNav(await stage.worker.status())).toMatchObject({ state: 'firing', level: 'critical' });

    proxy.fault = answers(500, 'upstream connect error');
    await play(stage, 3, 8);
    const blind = belowNav(await stage.worker.status());
    expect(blind).toMatchObject({
      state: 'firing',
      level: 'critical',
      unknown: { reason: expect.stringMatching(/stale/) },
    });
    expect(blind!.lastKnownAt).toBeLessThan((START + 6 * 3600) * 1000);
    await vi.waitFor(() => expect(told(stage)).toContainEqual(expect.stringMatching(/LAST KNOWN/)), { timeout: 5000 });
    expect(told(stage)).not.toContainEqual(expect.stringMatching(/RESOLVED/));
    const changes = await readTold(stage, 0);
    const alarms = changes.filter(({ alert }) => alert === 'SourceDown' || alert === 'ChainDown');
    expect(new Set(alarms.map(({ alert, labels }) => JSON.stringify([alert, labels]))).size).toBe(alarms.length);
    expect(alarms.map(({ alert }) => alert).toSorted()).toEqual(['ChainDown', ...Array(4).fill('SourceDown')]);
    for (const { receivers } of alarms) expect(receivers).toEqual(['email', 'inbox', 'slack']);
    expect(changes.filter(({ state }) => state === 'resolved')).toEqual([]);

    proxy.fault = healthy;
    await play(stage, 8, 11);
    expect(belowNav(await stage.worker.status())).toBeUndefined();
    const resolved = expect.stringMatching(/RESOLVED.*Stream xUSD/);
    await vi.waitFor(() => expect(told(stage)).toContainEqual(resolved), { timeout: 5000 });
  },
);

/** A stage whose sources read through a proxy; the judging clock goes on without it. */
async function setCut(): Promise<{ readonly stage: Stage; readonly proxy: Proxy }> {
  let proxy: Proxy;
  const stage = await setStage({
    incident,
    settings: async (text, node) => {
      proxy = await startProxy(node.url);
      return text
        .replace("rpc: ['${DEMO_RPC}'] }", `rpc: ['${proxy.url}'] }\n  time: { id: 31338, rpc: ['\${DEMO_RPC}'] }`)
        .replace('chain: local }', 'chain: time }')
        .replace('repeat_interval: 7d', 'repeat_interval: 2h');
    },
  });
  onTestFinished(async () => {
    await stage.close();
    await proxy.stop();
  });
  return { stage, proxy: proxy! };
}

async function play(stage: Stage, first: number, end: number): Promise<void> {
  for (const hour of incident.hours.slice(first, end)) {
    await stage.play(hour);
    await stage.judged(hour.at);
  }
}

function belowNav({ alerts }: Status) {
  return alerts.find(({ rule }) => rule === 'BelowNav');
}

/** What Slack was told, one line each. */
function told({ slack }: Stage): readonly string[] {
  return slack.received.map(({ payload }) => payload.text.split('\n')[0]!);
}
