import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSlackSink } from '../../demo/sinks/slack.ts';
import type { SlackSink } from '../../demo/sinks/slack.ts';
import { complaintsAbout } from '../../demo/sinks/slackLimits.ts';
import { Secret } from '../../src/model/secret.ts';
import { slack_webhook } from '../../src/notifiers/slack_webhook.ts';
import { renderSlack } from '../../src/notifiers/slack-blocks.ts';
import { link, prose } from '../../src/notifiers/slack-mrkdwn.ts';
import { flood, HOSTILE, notification, resolved, told } from '../support/notification.ts';
import { silentIo } from '../support/notifierIo.ts';

let sink: SlackSink;
beforeAll(async () => (sink = await startSlackSink()));
afterAll(() => sink.close());

const slack = () => slack_webhook.make({ url: new Secret(sink.url) }, silentIo());
const send = (message = notification()) => slack().send(message, AbortSignal.timeout(5_000));

describe('slack_webhook', () => {
  it('is accepted by a service that checks the limits', async () => {
    await expect(send()).resolves.toBe(notification().id);
    expect(sink.received.at(-1)).toMatchObject({ accepted: true, payload: renderSlack(notification()) });
  });

  it.each([
    ['429 with seconds', { status: 429, headers: { 'retry-after': '7' } }, 7000],
    [
      '503 with a date',
      {
        status: 503,
        headers: { 'retry-after': 'Fri, 20 Nov 2026 08:00:30 GMT', date: 'Fri, 20 Nov 2026 08:00:00 GMT' },
      },
      30_000,
    ],
    ['429 with nonsense', { status: 429, headers: { 'retry-after': 'soon' } }, undefined],
    ['429 with nothing', { status: 429 }, undefined],
  ])('waits as told after %s', async (_name, fault, retryAfterMs) => {
    sink.faults.push(fault);
    await expect(send()).rejects.toMatchObject({ retryable: true, retryAfterMs });
  });

  it('follows no redirect, since it would hand the message to someone else', async () => {
    sink.faults.push({ status: 302, headers: { location: 'http://127.0.0.1:1/' } });
    await expect(send()).rejects.toMatchObject({ retryable: false, message: expect.stringContaining('302') });
  });

  it('is not fooled by a page that answers 200', async () => {
    sink.faults.push({ status: 200, body: '<!doctype html><title>Log in</title>' });
    await expect(send()).rejects.toMatchObject({
      retryable: false,
      message: expect.stringContaining('"ok" was expected'),
    });
  });

  it('reads no more of an answer than it needs', async () => {
    sink.faults.push({ status: 500, body: 'x'.repeat(5_000_000) });
    const error: Error = await send().then(
      () => expect.unreachable(),
      (reason: Error) => reason,
    );
    expect(error.message.length).toBeLessThan(300);
  });

  it('says what to do about a webhook that is gone', async () => {
    sink.faults.push({ status: 404, body: 'no_service' });
    await expect(send()).rejects.toThrow(
      'Slack answered 404 "no_service"; 200 was expected. The webhook or its channel is gone: make a new webhook and put its address into the receiver.',
    );
  });

  it.each([
    ['http://hooks.slack.com/services/a/b/c', false],
    ['not an address', false],
    ['ftp://127.0.0.1/', false],
    ['https://hooks.slack.com/services/a/b/c', true],
    ['http://127.0.0.1:8080/hook', true],
    ['http://localhost/hook', true],
  ])('with the address %s is valid: %s', (url, isValid) => {
    expect(slack_webhook.options.safeParse({ url: new Secret(url) }).success).toBe(isValid);
  });
});

describe('renderSlack', () => {
  it('lays out a firing alert', () => {
    expect(renderSlack(notification())).toMatchInlineSnapshot(`
      {
        "blocks": [
          {
            "block_id": "0123456789abcdef01234567",
            "text": {
              "emoji": false,
              "text": "🔴 CRITICAL $68M at risk: Stream xUSD trades −9.73 % from NAV on ethereum",
              "type": "plain_text",
            },
            "type": "header",
          },
          {
            "text": {
              "text": "*At risk*  $68M exposed (2 holders)
      *Value*  −9.73 % (critical below −2 %)
      *Since*  2025-11-03 18:45 CET (17:45 UTC), for 26m
      *Labels*  \`asset=xusd chain=ethereum\`
      *Runbook*  <https://example.org/runbooks/BelowNav|https://example.org/runbooks/BelowNav>
      *Explorer*  <https://etherscan.io/address/0xE2Fc85BfB48C4cF147921fBE110cf92Ef9f26F94|0xE2Fc…6F94>
      *Block*  <https://etherscan.io/block/23700000|23700000>
      *Alert*  <http://127.0.0.1:9310/alerts/5f76c0b05bf666c1|5f76c0b05bf666c1>",
              "type": "mrkdwn",
              "verbatim": true,
            },
            "type": "section",
          },
          {
            "elements": [
              {
                "text": "\`asset:premium_to_nav_ratio{asset="xusd"}\`
      \`1.1405 / 1.2634 - 1\`
      \`price_usd{asset="xusd", chain="ethereum", method="twap"} = 1.1405 · 14s old · ethereum block 23700000 (latest) · source xusd-pool\`
      \`nav_per_share_usd{asset="xusd"} = 1.2634 · 1h old · http://127.0.0.1/nav.json · source nav\`",
                "type": "mrkdwn",
                "verbatim": true,
              },
            ],
            "type": "context",
          },
          {
            "elements": [
              {
                "text": "<http://127.0.0.1:9310/|Dashboard>",
                "type": "mrkdwn",
                "verbatim": true,
              },
            ],
            "type": "context",
          },
        ],
        "text": "CRITICAL $68M at risk: Stream xUSD trades −9.73 % from NAV on ethereum
      Alert 5f76c0b05bf666c1",
        "unfurl_links": false,
        "unfurl_media": false,
      }
    `);
  });

  it('repeats title and alert id when it is over', () => {
    expect(renderSlack(resolved()).text).toMatchInlineSnapshot(`
      "RESOLVED Stream xUSD trades −0.8 % from NAV on ethereum
      Alert 5f76c0b05bf666c1"
    `);
  });

  it('stays within the limits, whatever the length and the number of alerts', () => {
    expect(complaintsAbout(renderSlack(flood(1)))).toEqual([]);
    expect(complaintsAbout(renderSlack(flood(47)))).toEqual([]);
    const few = notification({ alerts: Array.from({ length: 10 }, () => told()) });
    expect(complaintsAbout(renderSlack(few))).toEqual([]);
  });

  it('tells ten ordinary alerts without dropping one', () => {
    const ten = Array.from({ length: 10 }, (_, index) => told({ summary: `alert number ${index}` }));
    const text = JSON.stringify(renderSlack(notification({ alerts: ten })).blocks);
    for (const { summary } of ten) expect(text).toContain(summary);
  });

  it('lets no text from outside ping, link or format', () => {
    const marked = told({
      ...{ summary: HOSTILE, labels: { asset: HOSTILE }, runbook: HOSTILE, description: HOSTILE },
      explorer: HOSTILE,
      block: HOSTILE,
    });
    const { text, blocks } = renderSlack(notification({ alerts: [marked], dashboardUrl: undefined }));
    expect(text).not.toMatch(/[<>*~`]/);
    expect(JSON.stringify(blocks)).not.toMatch(/[<>]/);
    const parsed = JSON.stringify(blocks.slice(1)).replaceAll(/`[^`]*`/g, 'code');
    expect(parsed.replaceAll(/\*(?:At risk|Value|Since|Labels|Runbook|Explorer|Block|Alert)\*/g, 'name')).not.toMatch(
      /[*~`]/,
    );
  });
});

describe('prose', () => {
  it.each([
    ['a *<!channel>* b', 'a ∗&lt;!channel&gt;∗ b'],
    ['price_usd and _x_', 'price_usd and ＿x＿'],
    ['&amp; & `~`', '&amp;amp; &amp; ˋ∼ˋ'],
  ])('%s becomes %s', (text, safe) => {
    expect(prose(text, 100)).toBe(safe);
  });

  it('neither exceeds its length nor cuts an entity', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('&', '<', 'a', '*', '😀', '_', ' ') }),
        fc.integer({ min: 2, max: 40 }),
        (text, most) => {
          const safe = prose(text, most);
          expect(safe.length).toBeLessThanOrEqual(most);
          expect(safe.replace(/&(?:amp|lt|gt);/g, '')).not.toMatch(/[&<>*~`]/);
        },
      ),
    );
  });
});

describe('link', () => {
  it.each([
    ['https://a.example/x?y=1&z=|>', '<https://a.example/x?y=1&amp;z=%7C%3E|t>'],
    ['javascript:alert(1)', 'javascript:alert(1)'],
    ['docs/runbooks/x.md', 'docs/runbooks/x.md'],
    ['https://a.example/\ud800', '<https://a.example/%EF%BF%BD|t>'],
  ])('%s becomes %s', (url, shown) => {
    expect(link(url, 't')).toBe(shown);
  });
});
