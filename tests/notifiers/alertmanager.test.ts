import { execFileSync, spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Secret } from '../../src/model/secret.ts';
import type { Notification } from '../../src/model/notification.ts';
import { alertmanager } from '../../src/notifiers/alertmanager.ts';
import { alertsFor } from '../../src/notifiers/alertmanager-alerts.ts';
import { flood, notification, resolved, told } from '../support/notification.ts';
import { silentIo } from '../support/notifierIo.ts';
import { startAnything } from '../support/services.ts';
import { freePort } from '../../demo/freePort.ts';

const binary = ['prometheus-alertmanager', 'alertmanager'].find((name) => spawnSync(name, ['--version']).status === 0);
const amtool = 'amtool';
const isThere = binary !== undefined && spawnSync(amtool, ['--version']).status === 0;
if (!isThere) console.log('skipped: Alertmanager itself, since alertmanager and amtool are not on PATH');

const week = 7 * 86_400_000;
const make = (urls: string[], io = silentIo()) => alertmanager.make(alertmanager.options.parse({ urls }), io);
const send = async (message: Notification, urls: string[], io = silentIo()) =>
  make(urls, io).send(message, AbortSignal.timeout(10_000));

/** Severity to whether it is handed on as firing. */
function states(overrides: Parameters<typeof told>[0]) {
  const posted = alertsFor(notification({ alerts: [told(overrides)] }), week);
  const now = notification().at;
  return Object.fromEntries(
    posted.map(({ labels, endsAt }) => [labels['severity'], Date.parse(endsAt) > now ? 'firing' : 'ended']),
  );
}

describe('alertsFor', () => {
  it('hands on an alert with its level as severity, firing until it is said to be over', () => {
    expect(alertsFor(notification(), week)).toMatchInlineSnapshot(`
      [
        {
          "annotations": {
            "alert_id": "5f76c0b05bf666c1",
            "at_risk": "$68M exposed (2 holders)",
            "computed": "1.1405 / 1.2634 - 1",
            "runbook_url": "https://example.org/runbooks/BelowNav",
            "summary": "Stream xUSD trades −9.73 % from NAV on ethereum",
            "threshold": "below −2 %",
            "value": "−9.73 %",
          },
          "endsAt": "2025-11-10T18:11:00.000Z",
          "generatorURL": "http://127.0.0.1:9310/alerts/5f76c0b05bf666c1",
          "labels": {
            "alertname": "BelowNav",
            "asset": "xusd",
            "chain": "ethereum",
            "severity": "critical",
          },
          "startsAt": "2025-11-03T17:45:00.000Z",
        },
      ]
    `);
  });

  it('ends the other levels when the level changes, and all when it is over', () => {
    expect(states({ changes: ['warning → critical'] })).toEqual({
      info: 'ended',
      warning: 'ended',
      critical: 'firing',
    });
    expect(states({ changes: [] })).toEqual({ critical: 'firing' });
    const over = { info: 'ended', warning: 'ended', critical: 'ended' };
    expect(states({ state: 'resolved', changes: ['resolved'] })).toEqual(over);
    expect(states({ elsewhere: true, level: 'warning', changes: ['moved to warning'] })).toEqual(over);
    expect(states({ level: null, labels: { severity: 'page' } })).toEqual({ page: 'firing' });
  });
});

describe('alertmanager', () => {
  it('sends what was made ready before its moment, as it would have been made then', async () => {
    const one = await startAnything();
    let looks = 0;
    const message: Notification = {
      ...notification(),
      get alerts() {
        looks++;
        return notification().alerts;
      },
    };
    const notifier = make([one.url]);
    notifier.ready!(message);
    const before = looks;
    await notifier.send(message, AbortSignal.timeout(10_000));
    expect([before, looks]).toEqual([1, 1]);
    expect(one.received[0]?.body).toBe(JSON.stringify(alertsFor(notification(), week)));
    await one.close();
  });

  it('tells every member, and is content when one of them takes it', async () => {
    const [one, other] = [await startAnything(), await startAnything()];
    const logged: unknown[] = [];
    const io = silentIo({ log: (event) => logged.push(event) });
    await send(notification(), [one.url, `${other.url}/`], io);
    expect([one.received[0]?.path, other.received[0]?.path]).toEqual(['/api/v2/alerts', '/api/v2/alerts']);
    expect(logged).toEqual([]);
    one.faults.push({ status: 500 });
    await expect(send(notification(), [one.url, other.url], io)).resolves.toBe(notification().id);
    expect(logged).toHaveLength(1);
    one.faults.push({ status: 404 });
    other.faults.push({ status: 500 });
    await expect(send(notification(), [one.url, other.url], io)).rejects.toMatchObject({ retryable: true });
    await Promise.all([one.close(), other.close()]);
  });

  it.each([
    ['http://alertmanager:9093', false],
    ['https://alertmanager.example.org', true],
    ['http://127.0.0.1:9093', true],
  ])('with a password takes %s: %s', (url, isValid) => {
    const given = { urls: [url], user: 'tocsin', password: new Secret('correct horse') };
    expect(alertmanager.options.safeParse(given).success).toBe(isValid);
  });
});

// Alertmanager goes by the wall clock, so the alert of 2025 is moved to now.
function moved(message: Notification): Notification {
  const now = Date.now();
  const by = now - message.at;
  const alerts = message.alerts.map((alert) => ({
    ...alert,
    since: alert.since + by,
    ...(alert.endedAt !== undefined && { endedAt: alert.endedAt + by }),
    changedAt: alert.changedAt?.map((at) => at + by),
  }));
  return { ...message, at: now, alerts };
}

describe.skipIf(!isThere)('Alertmanager itself', () => {
  let folder: string;
  let url: string;
  let server: ChildProcess;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tocsin-alertmanager-'));
    writeFileSync(join(folder, 'am.yml'), 'route: { receiver: nobody }\nreceivers: [{ name: nobody }]\n');
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const flags = [
      `--config.file=${join(folder, 'am.yml')}`,
      `--storage.path=${folder}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
    ];
    server = spawn(binary!, flags, { stdio: 'ignore' });
    await vi.waitFor(async () => fetch(`${url}/-/ready`), { timeout: 20_000 });
  }, 30_000);
  afterAll(async () => {
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.kill();
    await ended;
    rmSync(folder, { recursive: true, force: true });
  });

  const query = () => {
    const printed = execFileSync(amtool, ['--alertmanager.url', url, 'alert', 'query', '-o', 'json'], {
      encoding: 'utf8',
      maxBuffer: 64_000_000,
    });
    return (JSON.parse(printed) as { labels: Record<string, string>; annotations: Record<string, string> }[])
      .map(({ labels, annotations }) => ({ ...labels, summary: annotations['summary'] }))
      .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  };
  it('shows the alert while it fires, at its present level, and no more once it is over', async () => {
    const common = { alertname: 'BelowNav', asset: 'xusd', chain: 'ethereum' };
    const summary = 'Stream xUSD trades −9.73 % from NAV on ethereum';
    await send(moved(notification({ alerts: [told({ level: 'warning' })] })), [url]);
    expect(query()).toEqual([{ ...common, severity: 'warning', summary }]);
    await send(moved(notification({ alerts: [told({ changes: ['warning → critical'] })] })), [url]);
    expect(query()).toEqual([{ ...common, severity: 'critical', summary }]);
    await send(moved(resolved()), [url]);
    expect(query()).toEqual([]);
  });

  it('takes five hundred alerts in one request, and texts of any length and content', async () => {
    const alerts = Array.from({ length: 500 }, (_, index) => told({ labels: { number: `${index}` } }));
    const [hostile] = flood(1).alerts;
    await send(moved(notification({ alerts: [...alerts, hostile!] })), [url]);
    expect(query()).toHaveLength(501);
  });
});
