import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HttpSink } from '../../demo/sinks/http.ts';
import type { Notification } from '../../src/model/notification.ts';
import { Secret } from '../../src/model/secret.ts';
import { discord } from '../../src/notifiers/discord.ts';
import { renderDiscord } from '../../src/notifiers/discord-embeds.ts';
import { telegram } from '../../src/notifiers/telegram.ts';
import { renderTelegram } from '../../src/notifiers/telegram-html.ts';
import { flood, HOSTILE, notification, resolved, told } from '../support/notification.ts';
import { silentIo } from '../support/notifierIo.ts';
import { bodiesOf, isTelegramHtml, startDiscord, startTelegram } from '../support/services.ts';

let sink: HttpSink;
afterEach(() => sink.close());

describe('telegram', () => {
  const token = '7000000001:AAEabcdefghijklmnopqrstuvwxyz012345';
  const chat = -1001234567890;
  beforeEach(async () => void (sink = await startTelegram(token, chat)));
  const send = async (message: Notification, options = {}) =>
    telegram
      .make(
        telegram.options.parse({ token: new Secret(token), chat_id: chat, api_url: sink.url, ...options }),
        silentIo(),
      )
      .send(message, AbortSignal.timeout(5_000));

  it('answers the first message of the group with the later ones', async () => {
    const first = await send(notification(), { topic: 7 });
    expect(first).toBe('telegram:412');
    await send({ ...resolved(), earlier: [first!, 'telegram:500'] });
    expect(bodiesOf(sink)[0]).toMatchObject({ chat_id: chat, message_thread_id: 7, parse_mode: 'HTML' });
    expect(bodiesOf(sink)[0]).not.toHaveProperty('reply_parameters');
    expect(bodiesOf(sink)[1]).toMatchObject({
      reply_parameters: { message_id: 412, allow_sending_without_reply: true },
    });
  });

  it('waits as the body says', async () => {
    const body = '{"ok":false,"error_code":429,"description":"Too Many Requests","parameters":{"retry_after":12}}';
    sink.faults.push({ status: 429, body });
    await expect(send(notification())).rejects.toMatchObject({ retryable: true, retryAfterMs: 12_000 });
  });

  it('follows a group that became a supergroup', async () => {
    const body = JSON.stringify({ ok: false, error_code: 400, parameters: { migrate_to_chat_id: chat } });
    sink.faults.push({ status: 400, body });
    await expect(send(notification(), { chat_id: -42 })).resolves.toMatch(/^telegram:/);
    expect(bodiesOf(sink).map(({ chat_id: id }) => id)).toEqual([-42, chat]);
  });

  it('follows it no further than once', async () => {
    const body = JSON.stringify({ ok: false, error_code: 400, parameters: { migrate_to_chat_id: -43 } });
    sink.faults.push({ status: 400, body }, { status: 400, body });
    await expect(send(notification(), { chat_id: -42 })).rejects.toMatchObject({ retryable: false });
  });

  it('looks like this', () => {
    expect(renderTelegram(notification())).toMatchInlineSnapshot(`
      "🔴 <b>CRITICAL $68M at risk: Stream xUSD trades −9.73 % from NAV on ethereum</b>

      <b>At risk</b>  $68M exposed (2 holders)
      <b>Value</b>  −9.73 % (critical below −2 %)
      <b>Since</b>  2025-11-03 18:45 CET (17:45 UTC), for 26m
      <b>Labels</b>  <code>asset=xusd chain=ethereum</code>
      <b>Runbook</b>  <a href="https://example.org/runbooks/BelowNav">https://example.org/runbooks/BelowNav</a>
      <b>Explorer</b>  <a href="https://etherscan.io/address/0xE2Fc85BfB48C4cF147921fBE110cf92Ef9f26F94">0xE2Fc…6F94</a>
      <b>Block</b>  <a href="https://etherscan.io/block/23700000">23700000</a>
      <b>Alert</b>  <a href="http://127.0.0.1:9310/alerts/5f76c0b05bf666c1">5f76c0b05bf666c1</a>
      <blockquote expandable>asset:premium_to_nav_ratio{asset=&quot;xusd&quot;}
      1.1405 / 1.2634 - 1
      price_usd{asset=&quot;xusd&quot;, chain=&quot;ethereum&quot;, method=&quot;twap&quot;} = 1.1405 · 14s old · ethereum block 23700000 (latest) · source…
      nav_per_share_usd{asset=&quot;xusd&quot;} = 1.2634 · 1h old · http://127.0.0.1/nav.json · source nav</blockquote>

      <a href="http://127.0.0.1:9310/">Dashboard</a>"
    `);
  });

  it('is well-formed and within the limit, whatever is in it', () => {
    for (const count of [1, 2, 5, 6, 30, 500]) {
      const html = renderTelegram(flood(count));
      expect([count, html.length <= 4096, isTelegramHtml(html)]).toEqual([count, true, true]);
      expect(html).toContain('0'.repeat(16));
    }
  });

  it('tells about all of a small group, and counts what is left of a large one', () => {
    const alerts = Array.from({ length: 60 }, (_, index) => told({ id: `${index}`, summary: `alert number ${index}` }));
    const small = renderTelegram(notification({ alerts: alerts.slice(0, 3) }));
    for (const name of ['number 0', 'number 1', 'number 2']) expect(small).toContain(name);
    const large = renderTelegram(notification({ alerts }));
    const shown = new Set(large.match(/alert number \d+/g)).size;
    expect(large).toContain(`and ${60 - shown} more\n`);
  });
});

describe('discord', () => {
  const path = '/api/webhooks/1300000000000000003/abcdefghijklmnop';
  beforeEach(async () => void (sink = await startDiscord(path)));
  const send = async (message: Notification, query = '') =>
    discord
      .make({ url: new Secret(`${sink.url}${path}${query}`) }, silentIo())
      .send(message, AbortSignal.timeout(5_000));

  it('keeps the thread of its address and waits until the message is stored', async () => {
    sink.faults.push({ status: 200, body: '{"id":"13"}' });
    await expect(send(notification(), '?thread_id=77')).resolves.toBe('discord:13');
    expect(sink.received[0]!.path).toBe(`${path}?thread_id=77&wait=true`);
  });

  it('waits as the body says, which is more exact than the header', async () => {
    sink.faults.push({ status: 429, body: '{"retry_after":0.529,"global":false}', headers: { 'retry-after': '1' } });
    await expect(send(notification())).rejects.toMatchObject({ retryable: true, retryAfterMs: 529 });
  });

  it('says what to do about a webhook that is gone', async () => {
    sink.faults.push({ status: 404, body: '{"message":"Unknown Webhook","code":10015}' });
    await expect(send(notification())).rejects.toThrow('make a new webhook and put its address into the receiver');
  });

  it('looks like this', () => {
    expect(renderDiscord(notification())).toMatchInlineSnapshot(`
      {
        "allowed_mentions": {
          "parse": [],
        },
        "content": "🔴 **CRITICAL $68M at risk: Stream xUSD trades −9.73 % from NAV on ethereum**",
        "embeds": [
          {
            "color": 12986408,
            "description": "**At risk**  $68M exposed (2 holders)
      **Value**  −9.73 % (critical below −2 %)
      **Since**  2025-11-03 18:45 CET (17:45 UTC), for 26m
      **Labels**  \`asset=xusd chain=ethereum\`
      **Runbook**  [https://example.org/runbooks/BelowNav](<https://example.org/runbooks/BelowNav>)
      **Explorer**  [0xE2Fc…6F94](<https://etherscan.io/address/0xE2Fc85BfB48C4cF147921fBE110cf92Ef9f26F94>)
      **Block**  [23700000](<https://etherscan.io/block/23700000>)
      **Alert**  [5f76c0b05bf666c1](<http://127.0.0.1:9310/alerts/5f76c0b05bf666c1>)
      \`asset:premium_to_nav_ratio{asset="xusd"}\`
      \`1.1405 / 1.2634 - 1\`
      \`price_usd{asset="xusd", chain="ethereum", method="twap"} = 1.1405 · 14s old · ethereum block 23700000 (latest) · source xusd-pool\`
      \`nav_per_share_usd{asset="xusd"} = 1.2634 · 1h old · http://127.0.0.1/nav.json · source nav\`",
          },
          {
            "color": 12986408,
            "description": "[Dashboard](<http://127.0.0.1:9310/>)",
          },
        ],
      }
    `);
  });

  it('pings nobody and formats nothing that came from outside', () => {
    const text = '@everyone <@&1> **bold** [x](http://evil.example) ||spoiler|| # head';
    const alerts = [told({ summary: text, description: '# head' })];
    const { content, embeds, allowed_mentions } = renderDiscord(notification({ alerts }));
    expect(embeds[0]!.description).toMatch(/^\\# head\n/);
    expect(allowed_mentions).toEqual({ parse: [] });
    expect(content).toContain(
      '\\@everyone \\<\\@&1\\> \\*\\*bold\\*\\* \\[x\\](http://evil.example) \\|\\|spoiler\\|\\| # head',
    );
  });

  it('is accepted by a service that checks the limits, whatever is in it', async () => {
    for (const count of [1, 2, 5, 6, 30, 500]) await expect(send(flood(count))).resolves.toMatch(/^discord:/);
    await expect(send(notification({ alerts: [told({ summary: HOSTILE })] }))).resolves.toMatch(/^discord:/);
  });
});
