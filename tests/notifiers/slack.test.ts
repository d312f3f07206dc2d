import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startSlackApiSink } from '../../demo/sinks/slackApi.ts';
import type { SlackApiSink } from '../../demo/sinks/slackApi.ts';
import type { Notification } from '../../src/model/notification.ts';
import { Secret } from '../../src/model/secret.ts';
import { slack } from '../../src/notifiers/slack.ts';
import { renderSlackReply } from '../../src/notifiers/slack-reply.ts';
import { complaintsAbout } from '../../demo/sinks/slackLimits.ts';
import { chart, flood, notification, resolved, told } from '../support/notification.ts';
import { silentIo } from '../support/notifierIo.ts';

const token = 'xoxb-1-2-three';
const PNG = new Uint8Array([137, 80, 78, 71]);
const channel = 'C0123456789';
let sink: SlackApiSink;
beforeEach(async () => void (sink = await startSlackApiSink(token, channel)));
afterEach(() => sink.close());

const make = (options = {}) =>
  slack.make(slack.options.parse({ token: new Secret(token), channel, api_url: sink.url, ...options }), silentIo());
const send = async (message: Notification, notifier = make()) => notifier.send(message, AbortSignal.timeout(5_000));
const actionsOf = async (options: object, message: Notification) => {
  await send(message, make(options));
  return (sink.messages.at(-1)!.blocks as { type: string; elements?: object[] }[]).find(
    ({ type }) => type === 'actions',
  )?.elements;
};
const said = () =>
  sink.messages.map(({ text, thread, broadcast, edits }) => ({ title: text.split('\n')[0], thread, broadcast, edits }));
const refuse = (error: string, headers = {}) =>
  sink.faults.push({ status: 200, body: JSON.stringify({ ok: false, error }), headers });

/** Slack, but it has had enough replies. */
const failing: typeof fetch = async (url, init) => {
  const isReply = typeof init?.body === 'string' && init.body.includes('thread_ts');
  return isReply
    ? new Response('{"ok":false,"error":"ratelimited"}', { headers: { 'retry-after': '3' } })
    : fetch(url, init);
};

describe('slack', () => {
  it('keeps one message from first firing to all resolved, with each change in its thread', async () => {
    const first = await send(notification());
    expect(first).toBe('C0123456789:1795154400.000001');
    const worse = told({ summary: 'Stream xUSD trades −40 % from NAV', changes: ['warning → critical'] });
    const second = await send(notification({ id: 'b'.repeat(24), alerts: [worse], earlier: [first!] }));
    const third = await send({ ...resolved(), earlier: [first!, second!] });
    expect([second, third]).toEqual([first, first]);
    const thread = '1795154400.000001';
    expect(said()).toEqual([
      {
        title: 'RESOLVED Stream xUSD trades −0.8 % from NAV on ethereum',
        thread: undefined,
        broadcast: false,
        edits: 2,
      },
      { title: 'CRITICAL $68M at risk: Stream xUSD trades −40 % from NAV', thread, broadcast: true, edits: 0 },
      { title: 'RESOLVED Stream xUSD trades −0.8 % from NAV on ethereum', thread, broadcast: false, edits: 0 },
    ]);
  });

  it('offers buttons where a press can come back, and none that leads nowhere', async () => {
    const app = { signing_secret: new Secret('shh') };
    expect(await actionsOf(app, notification())).toEqual([
      expect.objectContaining({ action_id: 'tocsin_acknowledge', value: '5f76c0b05bf666c1', style: 'primary' }),
      expect.objectContaining({
        action_id: 'tocsin_silence',
        value: '[["asset","xusd"],["chain","ethereum"],["alertname","BelowNav"]]',
      }),
      expect.objectContaining({ action_id: 'tocsin_runbook', url: 'https://example.org/runbooks/BelowNav' }),
    ]);
    expect(await actionsOf(app, notification({ dashboardUrl: undefined }))).toBeUndefined();
    expect(
      await actionsOf({ app_token: new Secret('xapp-1') }, notification({ dashboardUrl: undefined })),
    ).toHaveLength(3);
    expect(await actionsOf({}, notification())).toBeUndefined();
    expect(await actionsOf(app, resolved())).toBeUndefined();
  });

  it('puts a picture of each change into the thread, after the message', async () => {
    const draw = async () => PNG;
    const drawing = slack.make(
      slack.options.parse({ token: new Secret(token), channel, api_url: sink.url }),
      silentIo({ draw }),
    );
    const first = await send(notification({ alerts: [told({ chart: chart() })] }), drawing);
    await drawing.close!();
    const kept = told({ id: '0000000000000002', chart: chart(), changes: [] });
    await send(
      notification({ id: 'c'.repeat(24), alerts: [told({ chart: chart() }), kept], earlier: [first!] }),
      drawing,
    );
    await drawing.close!();
    const thread = '1795154400.000001';
    const title = expect.stringMatching(
      /^BelowNav · Stream xUSD · ethereum, last 6 h: from −9.7 % to −0.1 %, now −9.7 %\./,
    );
    expect(sink.files).toEqual([
      { id: 'F1', title, thread, bytes: Buffer.from(PNG) },
      { id: 'F2', title, thread, bytes: Buffer.from(PNG) },
    ]);
  });

  it.each(['files.getUploadURLExternal', 'upload/', 'files.completeUploadExternal'])(
    'has told the message when %s fails, and says so in the log without the token',
    async (method) => {
      const logged: string[] = [];
      const io = silentIo({
        draw: async () => PNG,
        log: (event, message) => void logged.push(JSON.stringify(event) + message),
        fetch: async (url, init) =>
          (url as string).includes(method)
            ? new Response(`{"ok":false,"error":"${token}"}`, { status: 403 })
            : fetch(url, init),
      });
      const drawing = slack.make(slack.options.parse({ token: new Secret(token), channel, api_url: sink.url }), io);
      await expect(send(notification({ alerts: [told({ chart: chart() })] }), drawing)).resolves.toMatch(
        /^C0123456789:/,
      );
      await drawing.close!();
      expect(said()).toHaveLength(1);
      expect(sink.files).toEqual([]);
      expect(logged).toEqual([expect.stringContaining('could not be shown')]);
      expect(logged.join('')).not.toContain(token);
    },
  );

  it('shows a reminder in the channel, where people who sleep see it', async () => {
    const first = await send(notification());
    await send(notification({ reminder: true, alerts: [told({ changes: [] })], earlier: [first!] }));
    expect(said()[1]).toMatchObject({ title: expect.stringMatching(/^STILL CRITICAL/), broadcast: true });
  });

  it.each(['message_not_found', 'cant_update_message', 'edit_window_closed', 'channel_not_found'])(
    'posts anew when the message cannot be edited: %s',
    async (error) => {
      const first = await send(notification());
      refuse(error);
      const second = await send(notification({ earlier: [first!] }));
      expect(second).toBe('C0123456789:1795154400.000002');
      const third = await send({ ...resolved(), earlier: [first!, second!] });
      expect(third).toBe(second);
      expect(said().map(({ thread, edits }) => ({ thread, edits }))).toEqual([
        { thread: undefined, edits: 0 },
        { thread: undefined, edits: 1 },
        { thread: '1795154400.000002', edits: 0 },
      ]);
    },
  );

  it('edits again and replies once when the reply failed', async () => {
    const first = await send(notification());
    const options = slack.options.parse({ token: new Secret(token), channel, api_url: sink.url });
    const troubled = slack.make(options, silentIo({ fetch: failing }));
    const message = { ...resolved(), earlier: [first!] };
    await expect(send(message, troubled)).rejects.toMatchObject({ retryable: true, retryAfterMs: 3000 });
    await expect(send(message)).resolves.toBe(first);
    expect(said().map(({ edits }) => edits)).toEqual([2, 0]);
  });

  it('begins anew in another channel, or where the receipts are those of another kind of receiver', async () => {
    await send(notification({ earlier: ['C0999999999:1795154400.000001'] }));
    await send(notification({ earlier: ['<0123@example.org>'] }));
    expect(said().map(({ thread }) => thread)).toEqual([undefined, undefined]);
  });

  it.each([
    ['channel_not_found', false, 'Check the channel, and invite the bot to it with /invite.'],
    ['invalid_auth', false, 'Install the app again and put the new bot token into the receiver.'],
    ['is_archived', false, 'Unarchive the channel, or name another one.'],
    ['service_unavailable', true, 'It is tried again.'],
  ])('says what to do about %s', async (error, retryable, todo) => {
    refuse(error);
    await expect(send(notification())).rejects.toMatchObject({
      retryable,
      message: `Slack refused the message: "${error}". ${todo}`,
    });
  });

  it('shows neither button nor link without an address', async () => {
    await send(notification({ dashboardUrl: undefined, alerts: [told({ runbook: undefined })] }));
    expect(sink.received[0]!.body).not.toMatch(/http:\/\/127\.0\.0\.1:9310|"actions"|"button"/);
  });

  it.each([
    ['C0123456789', true],
    ['#risk-alerts', true],
    ['two words', false],
    ['', false],
  ])('with the channel "%s" is valid: %s', (name, isValid) => {
    expect(slack.options.safeParse({ token: new Secret(token), channel: name }).success).toBe(isValid);
  });
});

describe('renderSlackReply', () => {
  it('tells what changed and not what stayed', () => {
    const alerts = [
      told({ changes: ['firing'] }),
      told({ changes: [], summary: 'stays as it was' }),
      told({ state: 'resolved', changes: ['resolved'], summary: 'is over' }),
    ];
    const { blocks, text, reply_broadcast } = renderSlackReply(notification({ alerts }));
    expect(text).toBe('CRITICAL $68M at risk: Stream xUSD trades −9.73 % from NAV on ethereum (and 1 more)');
    expect(reply_broadcast).toBe(true);
    expect(blocks).toMatchInlineSnapshot(`
      [
        {
          "text": {
            "text": "🔴 *CRITICAL*  $68M at risk: Stream xUSD trades −9.73 % from NAV on ethereum
      *Value*  −9.73 % (critical below −2 %)
      *Since*  2025-11-03 18:45 CET (17:45 UTC), for 26m
      *Changed*  firing",
            "type": "mrkdwn",
            "verbatim": true,
          },
          "type": "section",
        },
        {
          "text": {
            "text": "🟢 *RESOLVED*  is over
      *Value*  −9.73 % at the end (critical below −2 %)
      *Since*  2025-11-03 18:45 CET (17:45 UTC)
      *Changed*  resolved",
            "type": "mrkdwn",
            "verbatim": true,
          },
          "type": "section",
        },
      ]
    `);
  });

  it('stays within the limits', () => {
    for (const many of [1, 9, 10, 31, 500]) {
      const { reply_broadcast: broadcast, ...message } = renderSlackReply(flood(many));
      expect([many, broadcast, complaintsAbout(message)]).toEqual([many, true, []]);
      expect(JSON.stringify(message)).not.toMatch(/<[!@#]|\u202e/);
    }
  });
});
