import { afterAll, expect, it } from 'vitest';
import { startSlackSink } from '../../demo/sinks/slack.ts';
import { startSmtpSink } from '../../demo/sinks/smtp.ts';
import { Secret } from '../../src/model/secret.ts';
import { composeDigest, digestText } from '../../src/notifiers/digest.ts';
import type { DigestFacts } from '../../src/notifiers/digest.ts';
import { email } from '../../src/notifiers/email.ts';
import { digestHtml } from '../../src/notifiers/email-html.ts';
import { slack_webhook } from '../../src/notifiers/slack_webhook.ts';
import { silentIo } from '../support/notifierIo.ts';

const slot = Date.UTC(2025, 10, 3, 8);
const HOUR = 3_600_000;
const quiet: DigestFacts = {
  ...{ from: slot - 24 * HOUR, slot, timezone: 'UTC', episodes: [], disabled: [] },
  status: { rules: [], sources: [], muted: [], receivers: [], advice: [] },
};
const row = { labels: { asset: 'usdc' }, state: 'inactive' as const, level: null };
const WHOLE = { noOwner: [], noTest: [], noBacktest: [], possible: [] };
const eventful: DigestFacts = {
  ...quiet,
  dashboardUrl: 'https://tocsin.example',
  episodes: [
    { alertId: 'a', rule: 'BelowNav', labels: { asset: 'xusd' }, firedAt: slot - 2 * HOUR, level: 'critical' },
    {
      ...{ alertId: 'b', rule: 'Peg', labels: { asset: '*<!channel>' }, level: null },
      ...{ firedAt: slot - 9 * HOUR, endedAt: slot - 8 * HOUR },
    },
  ],
  disabled: [{ rule: 'Noisy', until: slot + 48 * HOUR, reason: 'being tuned', by: 'ana' }],
  status: {
    rules: [
      {
        ...{ rule: 'Peg', group: 'g', expr: 'x', file: 'f' },
        rows: [
          {
            ...row,
            verdict: 'ok',
            value: '−0.9 %',
            distances: [{ level: 'warning', threshold: '< -1%', distance: 0.1 }],
          },
          { ...row, labels: { asset: 'dai' }, verdict: 'unknown', reason: 'price_usd is 9m old', distances: [] },
        ],
      },
    ],
    sources: [{ source: 'curve', kind: 'k', labels: {}, every: 1, maxAge: 1, health: 'failing', error: 'HTTP 500' }],
    muted: [
      { kind: 'silence', id: '1', what: 'asset="usdt"', by: 'bo', comment: 'move', until: slot + HOUR, alerts: 0 },
    ],
    receivers: [
      { receiver: 'ops', lastAcceptedAt: slot - HOUR, dead: false, waiting: 0 },
      { receiver: 'team', lastError: '404', lastErrorAt: slot, dead: true, waiting: 1 },
    ],
    coverage: [
      { ...{ what: 'asset', name: 'usdc', rules: ['Peg'], unread: ['volume_usd'], lonePrice: true }, ...WHOLE },
      { ...{ what: 'asset', name: 'dai', rules: ['Peg'], unread: [], lonePrice: false }, ...WHOLE, noTest: ['Peg'] },
      { ...{ what: 'vault', name: 'v', rules: [], unread: [], lonePrice: false }, ...WHOLE, possible: ['tvl_drop'] },
    ],
    advice: [],
  },
};

it('says what happened, what nearly did, what is not seen, what is muted, and how delivery fares', () => {
  expect(digestText(composeDigest(eventful))).toMatchInlineSnapshot(`
    "Tocsin digest: 2 episodes since 2025-11-02 08:00 UTC, 1 still firing

    Episodes
    - critical BelowNav{asset="xusd"} from 2025-11-03 06:00 UTC, still firing
    - Peg{asset="*<!channel>"} from 2025-11-02 23:00 UTC, until 2025-11-03 00:00 UTC

    Nearest misses
    - Peg{asset="usdc"} −0.9 %, warning < -1%: 10 % of the threshold away

    Blind spots
    - Peg{asset="dai"} cannot be judged: price_usd is 9m old
    - source curve is failing: HTTP 500

    Not covered
    - 1 of 3 without any rule: vault v
    - 1 of 3 with one source of its price: asset usdc
    - 1 of 3 with figures that no alert reads
    - 1 of 3 with alerts that no test speaks of
    - 1 of 3 could have more rules of the catalogue

    Muted
    - silence of asset="usdt" until 2025-11-03 09:00 UTC by bo: move
    - rule Noisy disabled until 2025-11-05 08:00 UTC by ana: being tuned

    Delivery
    - ops: last accepted 2025-11-03 07:00 UTC, 0 messages waiting
    - team: accepted nothing yet, 1 message waiting, refuses for good: 404

    Dashboard https://tocsin.example
    "
  `);
});

it('says that there is nothing rather than saying nothing', () => {
  expect(digestText(composeDigest(quiet))).toMatchInlineSnapshot(`
    "Tocsin digest: 0 episodes since 2025-11-02 08:00 UTC, 0 still firing

    Episodes
    - none

    Nearest misses
    - no level has a value to compare with

    Blind spots
    - none: every source answers and every rule can judge

    Muted
    - nothing

    Delivery
    - nothing was sent yet
    "
  `);
});

it('says that everything is covered', () => {
  const covered = { ...eventful.status.coverage![1]!, noTest: [] };
  const { sections } = composeDigest({ ...quiet, status: { ...quiet.status, coverage: [covered] } });
  expect(sections.find(({ heading }) => heading === 'Not covered')?.lines).toEqual([
    'everything that is read has what it needs',
  ]);
});

const flood: DigestFacts = {
  ...eventful,
  episodes: Array.from({ length: 300 }, () => ({ ...eventful.episodes[1]!, rule: '<&>'.repeat(80) })),
};

const slack = await startSlackSink();
const smtp = await startSmtpSink();
afterAll(async () => void (await Promise.all([slack.close(), smtp.close()])));

it.each([quiet, eventful, flood])('is within the limits of Slack and pings nobody', async (facts) => {
  const webhook = slack_webhook.make({ url: new Secret(slack.url) }, silentIo());
  await webhook.digest!(composeDigest(facts), AbortSignal.timeout(10_000));
  expect(slack.received.at(-1)).toMatchObject({ accepted: true });
  expect(JSON.stringify(slack.received.at(-1)!.payload)).not.toContain('<!channel>');
});

it('is a mail of text and HTML', async () => {
  const made = composeDigest(eventful);
  const host = { host: '127.0.0.1', port: smtp.port, tls: 'none', from: 'a@example.org', to: 'b@example.org' };
  const mailer = email.make(email.options.parse(host), silentIo());
  await mailer.digest!(made, AbortSignal.timeout(10_000));
  await mailer.close?.();
  const mail = await smtp.received[0]!.parse();
  expect(mail.subject).toContain('2 episodes since');
  expect(mail.text?.trimEnd()).toBe(digestText(made).trimEnd());
  expect(mail.html?.trimEnd()).toBe(digestHtml(made).trimEnd());
  expect(mail.html).not.toContain('<!channel>');
});
