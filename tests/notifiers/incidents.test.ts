import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HttpSink } from '../../demo/sinks/http.ts';
import type { Notification } from '../../src/model/notification.ts';
import { Secret } from '../../src/model/secret.ts';
import { opsgenie } from '../../src/notifiers/opsgenie.ts';
import { pagerduty } from '../../src/notifiers/pagerduty.ts';
import { notification, told } from '../support/notification.ts';
import { silentIo } from '../support/notifierIo.ts';
import { bodiesOf, startOpsgenie, startPagerduty } from '../support/services.ts';

const routingKey = 'R0123456789abcdef0123456789abcde';
let sink: HttpSink;
afterEach(() => sink.close());

const pagerdutyOptions = (options = {}) =>
  pagerduty.options.parse({ routing_key: new Secret(routingKey), api_url: sink.url, ...options });
const make = (io = silentIo()) => pagerduty.make(pagerdutyOptions(), io);
const send = async (message: Notification, notifier = make()) => notifier.send(message, AbortSignal.timeout(10_000));
const steps = () =>
  bodiesOf(sink).map(({ event_action: action, dedup_key: key }) => `${String(action)} ${String(key)}`);
const many = (count: number) => Array.from({ length: count }, (_, index) => told({ id: `alert-${index}` }));

/** PagerDuty, but one alert is not to its taste. */
const fussy: typeof fetch = async (url, init) => {
  const isBad = typeof init?.body === 'string' && init.body.includes('"alert-3"');
  return isBad ? new Response('{"status":"invalid event"}', { status: 400 }) : fetch(url, init);
};

describe('pagerduty', () => {
  beforeEach(async () => void (sink = await startPagerduty()));

  it('opens one incident for an alert, with what a person on call needs', async () => {
    await send(notification());
    expect(bodiesOf(sink)).toMatchInlineSnapshot(`
      [
        {
          "client": "Tocsin",
          "client_url": "http://127.0.0.1:9310/alerts/5f76c0b05bf666c1",
          "dedup_key": "5f76c0b05bf666c1",
          "event_action": "trigger",
          "links": [
            {
              "href": "https://example.org/runbooks/BelowNav",
              "text": "Runbook",
            },
            {
              "href": "https://etherscan.io/address/0xE2Fc85BfB48C4cF147921fBE110cf92Ef9f26F94",
              "text": "Explorer",
            },
            {
              "href": "https://etherscan.io/block/23700000",
              "text": "Block",
            },
            {
              "href": "http://127.0.0.1:9310/",
              "text": "Dashboard",
            },
          ],
          "payload": {
            "class": "BelowNav",
            "component": "xusd",
            "custom_details": {
              "at_risk": "$68M exposed (2 holders)",
              "computed": "1.1405 / 1.2634 - 1",
              "expression": "asset:premium_to_nav_ratio{asset="xusd"}",
              "inputs": [
                "price_usd{asset="xusd", chain="ethereum", method="twap"} = 1.1405 · 14s old · ethereum block 23700000 (latest) · source xusd-pool",
                "nav_per_share_usd{asset="xusd"} = 1.2634 · 1h old · http://127.0.0.1/nav.json · source nav",
              ],
              "labels": {
                "asset": "xusd",
                "chain": "ethereum",
              },
              "threshold": "below −2 %",
              "value": "−9.73 %",
            },
            "group": "BelowNav xusd",
            "severity": "critical",
            "source": "ethereum",
            "summary": "$68M at risk: Stream xUSD trades −9.73 % from NAV on ethereum",
            "timestamp": "2025-11-03T17:45:00.000Z",
          },
          "routing_key": "R0123456789abcdef0123456789abcde",
        },
      ]
    `);
  });

  it('tells only what changed, and everything in a reminder', async () => {
    const alerts = [told({ id: 'new' }), told({ id: 'old', changes: [] })];
    await send(notification({ alerts }));
    await send(notification({ reminder: true, alerts: alerts.map((alert) => ({ ...alert, changes: [] })) }));
    expect(steps()).toEqual(['trigger new', 'trigger new', 'trigger old']);
  });

  it.each([
    ['resolved', told({ state: 'resolved', changes: ['resolved'] }), ['resolve']],
    ['over before it was told', told({ state: 'resolved', changes: ['firing', 'resolved'] }), ['trigger', 'resolve']],
    ['removed', told({ state: 'removed', changes: ['removed: its rule left the configuration'] }), ['resolve']],
    [
      'gone to a level that others are told about',
      told({ elsewhere: true, changes: ['moved to warning'] }),
      ['resolve'],
    ],
  ])('ends the incident of an alert that is %s', async (_name, alert, actions) => {
    await send(notification({ alerts: [{ ...alert, id: 'x' }] }));
    expect(steps()).toEqual(actions.map((action) => `${action} x`));
  });

  it('goes on where it stopped when a storm met the rate limit', async () => {
    sink.faults.push(...Array.from({ length: 40 }, () => ({ status: 202, body: '{"status":"success"}' })), {
      status: 429,
    });
    const notifier = make();
    const message = notification({ alerts: many(100) });
    await expect(send(message, notifier)).rejects.toMatchObject({ retryable: true });
    const before = sink.received.length;
    expect(before).toBeLessThan(50);
    await send({ ...message, id: 'f'.repeat(24), alerts: [...message.alerts, told({ id: 'later' })] }, notifier);
    expect(new Set(steps()).size).toBe(101);
    expect(sink.received.length).toBe(102);
  });

  it('opens the others when one alert is refused for good, and says so', async () => {
    const sending = send(notification({ alerts: many(20) }), make(silentIo({ fetch: fussy })));
    await expect(sending).rejects.toMatchObject({ retryable: false, message: expect.stringContaining('routing key') });
    expect(sink.received).toHaveLength(19);
  });

  it.each([
    [{}, 'https://events.pagerduty.com/v2/enqueue'],
    [{ region: 'eu' }, 'https://events.eu.pagerduty.com/v2/enqueue'],
  ])('with %j talks to %s', async (options, expected) => {
    let asked = '';
    const elsewhere: typeof fetch = async (url) => {
      asked = url as string;
      return new Response('{"status":"success"}', { status: 202 });
    };
    const given = pagerduty.options.parse({ routing_key: new Secret(routingKey), ...options });
    await send(notification(), pagerduty.make(given, silentIo({ fetch: elsewhere })));
    expect(asked).toBe(expected);
  });

  it('refuses a routing key that cannot be one, without showing it', () => {
    const { error } = pagerduty.options.safeParse({ routing_key: new Secret('too-short-key') });
    expect(error?.issues[0]?.message).toContain('32 letters and digits');
    expect(JSON.stringify(error)).not.toContain('too-short-key');
  });

  it('maps levels and labels to severities', async () => {
    const labels = { asset: 'xusd' };
    await send(
      notification({
        alerts: [
          told({ level: 'info', id: 'a' }),
          told({ level: null, labels: { ...labels, severity: 'critical' }, id: 'b' }),
          told({ level: null, labels: { ...labels, severity: 'page' }, id: 'c' }),
        ],
      }),
    );
    const severities = bodiesOf(sink).map(({ payload, dedup_key: id }) => [
      id,
      (payload as { severity: string }).severity,
    ]);
    expect(Object.fromEntries(severities)).toEqual({ a: 'info', b: 'critical', c: 'warning' });
  });
});

describe('opsgenie', () => {
  const key = 'c0ffee00-0000-4000-8000-000000000001';
  beforeEach(async () => void (sink = await startOpsgenie(key)));
  const tell = async (message: Notification, options = {}) =>
    opsgenie
      .make(opsgenie.options.parse({ key: new Secret(key), api_url: sink.url, ...options }), silentIo())
      .send(message, AbortSignal.timeout(10_000));

  it('opens an alert under its id, and closes it', async () => {
    await tell(notification(), { teams: ['risk'] });
    await tell(notification({ alerts: [told({ state: 'resolved', changes: ['resolved'] })] }));
    expect(sink.received.map(({ path }) => path)).toEqual([
      '/v2/alerts',
      '/v2/alerts/5f76c0b05bf666c1/close?identifierType=alias',
    ]);
    expect(bodiesOf(sink)[0]).toMatchObject({
      message: '$68M at risk: Stream xUSD trades −9.73 % from NAV on ethereum',
      alias: '5f76c0b05bf666c1',
      priority: 'P1',
      responders: [{ type: 'team', name: 'risk' }],
      details: { asset: 'xusd', chain: 'ethereum' },
    });
    expect(bodiesOf(sink)[0]!['description']).toMatch(/^CRITICAL {2}\$68M at risk: Stream xUSD/);
  });

  it('says what to do about a wrong key', async () => {
    await expect(tell(notification(), { key: new Secret('wrong-key') })).rejects.toMatchObject({
      retryable: false,
      message: expect.stringContaining('Check the key and the region of the receiver.'),
    });
  });
});
