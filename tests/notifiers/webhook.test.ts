import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HttpSink } from '../../demo/sinks/http.ts';
import { NOT_A_REFERENCE } from '../../src/model/schema.ts';
import { Secret } from '../../src/model/secret.ts';
import { sign, webhook } from '../../src/notifiers/webhook.ts';
import { webhookBody } from '../../src/notifiers/webhook-body.ts';
import { flood, notification, resolved, told } from '../support/notification.ts';
import { silentIo } from '../support/notifierIo.ts';
import { bodiesOf, startAnything } from '../support/services.ts';

// A message that others have signed, so that our arithmetic is not checked by itself.
const key = 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=';
const body =
  '{"type":"alert.fired","timestamp":"2026-11-20T06:00:00.000Z","data":{"alertId":"inc_0001","severity":"critical"}}';
const signed = { id: 'msg_2b5d0f7c9a', timestamp: 1795154400, body };

let sink: HttpSink;
beforeAll(async () => void (sink = await startAnything()));
afterAll(() => sink.close());

const make = (keys: unknown, now = Date.now) =>
  webhook.make(webhook.options.parse({ url: new Secret(`${sink.url}/hook`), secret: keys }), silentIo({ now }));

describe('webhook', () => {
  it('signs as the specification says', () => {
    expect(sign(signed, new Secret(key))).toBe('v1,n9AIMCwmAC2XBmAAB7YDNNU9BjGzOp+vyQ8D3FRcKCU=');
  });

  it('signs what it sends, at the time of the try, under an id that a retry keeps', async () => {
    const send = async (now: number) =>
      make(new Secret(key), () => now).send(notification(), AbortSignal.timeout(5_000));
    await send(1795154400_900);
    await send(1795154461_000);
    const [first, second] = sink.received.slice(-2);
    expect(first!.headers).toMatchObject({ 'webhook-id': notification().id, 'webhook-timestamp': '1795154400' });
    expect(second!.headers).toMatchObject({ 'webhook-id': notification().id, 'webhook-timestamp': '1795154461' });
    expect(second!.body).toBe(first!.body);
    const bytes = Buffer.from(key.slice('whsec_'.length), 'base64');
    const expected = createHmac('sha256', bytes).update(`${notification().id}.1795154400.${first!.body}`);
    expect(first!.headers['webhook-signature']).toBe(`v1,${expected.digest('base64')}`);
  });

  it('signs with both keys while one is replaced', async () => {
    const other = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
    await make([new Secret(key), new Secret(other)]).send(notification(), AbortSignal.timeout(5_000));
    expect(sink.received.at(-1)!.headers['webhook-signature']).toMatch(/^v1,\S{44} v1,\S{44}$/);
  });

  it.each([
    ['no prefix', 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8='],
    ['too short', 'whsec_AAECAwQF'],
    ['too long', `whsec_${Buffer.alloc(65).toString('base64')}`],
    ['not base64', 'whsec_????????????????????????????????????????'],
  ])('refuses a key with %s', (_name, text) => {
    const parsed = webhook.options.safeParse({ url: new Secret('https://example.org/'), secret: new Secret(text) });
    expect(parsed.success).toBe(false);
    expect(JSON.stringify(parsed.error)).not.toContain(text);
  });

  it.each([undefined, 'hush', 5, ['hush']])('says that a key is a reference, and not %s', (given) => {
    const parsed = webhook.options.safeParse({ url: new Secret('https://example.org/'), secret: given });
    expect(parsed.error?.issues.map(({ message }) => message)).toEqual([NOT_A_REFERENCE]);
  });

  it('refuses an address that would carry messages in the clear', () => {
    const given = { url: new Secret('http://example.org/hook'), secret: new Secret(key) };
    expect(webhook.options.safeParse(given).success).toBe(false);
  });

  it('says that an endpoint wants no more', async () => {
    sink.faults.push({ status: 410 });
    await expect(make(new Secret(key)).send(notification(), AbortSignal.timeout(5_000))).rejects.toMatchObject({
      retryable: false,
      message: expect.stringContaining('The endpoint wants no more messages'),
    });
  });

  it('keeps the documented body', async () => {
    await make(new Secret(key)).send(resolved(), AbortSignal.timeout(5_000));
    expect(bodiesOf(sink).at(-1)).toMatchInlineSnapshot(`
      {
        "data": {
          "alerts": [
            {
              "at_risk": {
                "text": "$68M exposed (2 holders)",
                "usd": 68000000,
              },
              "block": "https://etherscan.io/block/23700000",
              "changes": [
                "resolved",
              ],
              "computed": "1.1405 / 1.2634 - 1",
              "ended_at": "2025-11-03T18:47:00.000Z",
              "explorer": "https://etherscan.io/address/0xE2Fc85BfB48C4cF147921fBE110cf92Ef9f26F94",
              "expression": "asset:premium_to_nav_ratio{asset="xusd"}",
              "id": "5f76c0b05bf666c1",
              "inputs": [
                "price_usd{asset="xusd", chain="ethereum", method="twap"} = 1.1405 · 36m 14s old · ethereum block 23700000 (latest) · source xusd-pool",
                "nav_per_share_usd{asset="xusd"} = 1.2634 · 1h 36m old · http://127.0.0.1/nav.json · source nav",
              ],
              "labels": {
                "asset": "xusd",
                "chain": "ethereum",
              },
              "level": "critical",
              "page": "http://127.0.0.1:9310/alerts/5f76c0b05bf666c1",
              "peak": "−76.1 %",
              "rule": "BelowNav",
              "runbook": "https://example.org/runbooks/BelowNav",
              "since": "2025-11-03T17:45:00.000Z",
              "start_unseen": false,
              "state": "resolved",
              "summary": "Stream xUSD trades −0.8 % from NAV on ethereum",
              "threshold": "below −2 %",
              "value": "−0.8 %",
            },
          ],
          "dashboard_url": "http://127.0.0.1:9310/",
          "group": {
            "key": "{}:{alertname="BelowNav"}",
            "labels": {
              "alertname": "BelowNav",
              "asset": "xusd",
            },
            "thread": "thread-1",
          },
          "id": "fedcba9876543210fedcba98",
          "level": "critical",
          "receiver": "ops",
          "reminder": false,
          "status": "resolved",
          "text": "RESOLVED  Stream xUSD trades −0.8 % from NAV on ethereum",
          "truncated_alerts": 0,
          "unchanged_alerts": 0,
        },
        "timestamp": "2025-11-03T18:47:00.000Z",
        "type": "alert.resolved",
      }
    `);
  });
});

describe('webhookBody', () => {
  it('stays below 20 kB and counts what it leaves out', () => {
    for (const message of [flood(500), notification({ alerts: Array.from({ length: 500 }, () => told()) })]) {
      const text = webhookBody(message);
      const { data } = JSON.parse(text) as { data: { alerts: unknown[]; truncated_alerts: number } };
      expect(Buffer.byteLength(text)).toBeLessThan(20_000);
      expect(data.alerts.length).toBeGreaterThan(0);
      expect(data.alerts.length + data.truncated_alerts).toBe(500);
    }
  });
});
