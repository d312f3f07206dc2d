import { createHmac } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ackUrl, readAck, signAck } from '../../src/http/people/ackToken.ts';
import type { PeopleDeps } from '../../src/http/people/deps.ts';
import type { AuditEntry } from '../../src/model/mute.ts';
import { createQuiet } from '../../src/jobs/quiet.ts';
import { Secret } from '../../src/model/secret.ts';
import { SLACK_ACK, SLACK_SILENCE, slackAckValue, slackSilenceValue } from '../../src/model/slackAction.ts';
import { serve } from './serve.ts';

const key = new Secret('a signing key');
const slackSecret = new Secret('8f742231b10e8888abcd99yyyzzz85a5');
const now = 1_795_154_406_000;
const hour = 3_600_000;
const day = 24 * hour;
const id = '5f76c0b05bf666c1';

/** A store that remembers what it was asked. */
async function world() {
  const acks: unknown[] = [];
  const silences: unknown[] = [];
  const audit: AuditEntry[] = [];
  const used = new Set<string>();
  const store: PeopleDeps['store'] = {
    acknowledge: async (input, act) => (acks.push([input, act]), input.alertIds),
    addSilence: async (input, act) => (silences.push([input, act]), 'silence'),
    writeAudit: async (entry) => void audit.push(entry),
    useOnce: async (one) => !used.has(one) && Boolean(used.add(one)),
  };
  const clocks = { now: () => now, machineNow: () => now };
  const people = {
    store,
    ...clocks,
    signingKey: key,
    slackSecrets: [slackSecret],
    unackAfter: 6 * hour,
    quiet: createQuiet(clocks.machineNow),
  };
  const server = await serve({ people });
  return { server, acks, silences, audit };
}

const grant = { alertIds: [id], receiver: 'mail', expires: now + day, message: 'm1' };
const post = async (url: string, t: string, by = 'Ada') =>
  fetch(`${url}/acknowledge`, { method: 'POST', body: new URLSearchParams({ t, by }) });

describe('the link in a mail', () => {
  it('shows a form, as often as scanners look, and acts once it is sent', async () => {
    const { server, acks, audit } = await world();
    const link = ackUrl(`${server.url}/`, grant, key);
    for (let look = 0; look < 3; look++) {
      const page = await fetch(link);
      expect([page.status, await page.text()]).toEqual([
        200,
        expect.stringMatching(/<form method="post".*5f76|5f76.*<form method="post"/s),
      ]);
    }
    expect(acks).toEqual([]);
    const answer = await post(server.url, signAck(grant, key));
    expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining('Acknowledged')]);
    expect(acks).toEqual([
      [
        { alertIds: [id], until: now + 6 * hour },
        { by: 'Ada (mail to mail)', via: 'mail', at: now },
      ],
    ]);
    expect(audit).toEqual([]);
  });

  it('is refused a second time, and that is on record', async () => {
    const { server, acks, audit } = await world();
    const token = signAck(grant, key);
    await post(server.url, token);
    const again = await post(server.url, token);
    expect([again.status, acks.length]).toEqual([403, 1]);
    expect(audit).toEqual([expect.objectContaining({ action: 'ack', via: 'mail', refused: 'the link is used' })]);
  });

  it.each([
    ['expired', signAck({ ...grant, expires: now }, key)],
    ['tampered', signAck(grant, new Secret('another key'))],
    ['tampered', signAck(grant, key).replace(/^./, (first) => (first === 'W' ? 'X' : 'W'))],
    ['malformed', 'nonsense'],
    ['malformed', ''],
  ])('is refused when %s, by looking and by sending', async (why, token) => {
    const { server, acks, audit } = await world();
    expect((await fetch(`${server.url}/acknowledge?t=${encodeURIComponent(token)}`)).status).toBe(403);
    expect((await post(server.url, token)).status).toBe(403);
    expect(acks).toEqual([]);
    // Once for both: whoever tries again and again fills no disk.
    expect(audit.map(({ refused }) => refused)).toEqual([`the link is ${why}`]);
  });

  it('is refused when another site sends it', async () => {
    const { server, acks } = await world();
    const body = new URLSearchParams({ t: signAck(grant, key) });
    const headers = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' };
    expect((await fetch(`${server.url}/acknowledge`, { method: 'POST', body, headers })).status).toBe(403);
    expect(acks).toEqual([]);
  });

  it('cannot be changed in any place', () => {
    const token = signAck(grant, key);
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.constantFrom(...'AZaz09-_.'), (place, character) => {
        fc.pre(token[place] !== character);
        const changed = token.slice(0, place) + character + token.slice(place + 1);
        expect(['tampered', 'malformed']).toContain(readAck(changed, key, now));
      }),
    );
    expect(readAck(token, key, now)).toEqual(grant);
  });
});

const seconds = Math.floor(now / 1000);
function signed(body: string, at = seconds, secret = slackSecret): RequestInit {
  const signature = createHmac('sha256', secret.reveal()).update(`v0:${at}:${body}`).digest('hex');
  return {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': `${at}`,
      'x-slack-signature': `v0=${signature}`,
    },
  };
}
const pressed = (
  action_id: string,
  value: string | undefined,
  user: object = { id: 'U0123456789', username: 'alice' },
) => `payload=${encodeURIComponent(JSON.stringify({ type: 'block_actions', user, actions: [{ action_id, value }] }))}`;

describe('a press in Slack', () => {
  it('acknowledges in the name of who pressed', async () => {
    const { server, acks } = await world();
    const answer = await fetch(`${server.url}/slack/interactions`, signed(pressed(SLACK_ACK, slackAckValue([id]))));
    expect([answer.status, await answer.text()]).toEqual([200, '']);
    expect(acks).toEqual([
      [
        { alertIds: [id], until: now + 6 * hour },
        { by: 'alice (U0123456789)', via: 'slack', at: now },
      ],
    ]);
  });

  it('silences for an hour exactly what the message was about', async () => {
    const { server, silences } = await world();
    const value = slackSilenceValue({ alertname: 'BelowNav', asset: 'xusd' });
    await fetch(`${server.url}/slack/interactions`, signed(pressed(SLACK_SILENCE, value)));
    expect(silences).toEqual([
      [
        expect.objectContaining({
          matchers: [
            { name: 'alertname', op: '=', value: 'BelowNav' },
            { name: 'asset', op: '=', value: 'xusd' },
          ],
          startsAt: now,
          endsAt: now + 3_600_000,
          createdBy: 'alice (U0123456789)',
        }),
        expect.objectContaining({ via: 'slack' }),
      ],
    ]);
  });

  it.each([
    ['too old', signed(pressed(SLACK_ACK, id), seconds - 301), 'its time is more than five minutes off'],
    ['from the future', signed(pressed(SLACK_ACK, id), seconds + 301), 'its time is more than five minutes off'],
    [
      'signed with another secret',
      signed(pressed(SLACK_ACK, id), seconds, new Secret('other')),
      'its signature is wrong',
    ],
    [
      'changed on the way',
      { ...signed(pressed(SLACK_ACK, id)), body: pressed(SLACK_ACK, 'ffffffffffffffff') },
      'its signature is wrong',
    ],
    ['not signed', { method: 'POST', body: pressed(SLACK_ACK, id) }, 'it is not signed'],
  ])('is refused when it is %s, and that is on record', async (_name, request, refused) => {
    const { server, acks, audit } = await world();
    expect((await fetch(`${server.url}/slack/interactions`, request)).status).toBe(401);
    expect(acks).toEqual([]);
    expect(audit).toEqual([expect.objectContaining({ via: 'slack', action: 'interaction', refused })]);
  });

  it('is refused when it is sent again', async () => {
    const { server, acks, audit } = await world();
    const request = signed(pressed(SLACK_ACK, id));
    const answers = [
      await fetch(`${server.url}/slack/interactions`, request),
      await fetch(`${server.url}/slack/interactions`, request),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 401]);
    expect([acks.length, audit[0]?.refused]).toEqual([1, 'it was sent before']);
  });

  it.each([
    ['an unknown button', pressed('other', 'x')],
    ['a URL button', pressed('tocsin_runbook', undefined)],
    ['no alert', pressed(SLACK_ACK, 'all of them')],
    ['no label', pressed(SLACK_SILENCE, '[]')],
    ['no payload', 'payload=%7B'],
    ['nothing', ''],
  ])('does nothing about %s', async (_name, body) => {
    const { server, acks, silences } = await world();
    expect((await fetch(`${server.url}/slack/interactions`, signed(body))).status).toBe(200);
    expect([acks, silences]).toEqual([[], []]);
  });

  it('is not listened to where no app leads here', async () => {
    const server = await serve();
    expect((await fetch(`${server.url}/slack/interactions`, signed(''))).status).toBe(404);
  });

  const fixtures = new URL('../../../shared/fixtures/api/slack-interaction/', import.meta.url);
  it.skipIf(!existsSync(fixtures))('judges recorded requests as Slack does', async () => {
    for (const name of ['normal', 'nulls', 'error']) {
      const file = new URL(`${name}.json`, fixtures);
      if (!existsSync(file)) continue;
      const { headers, raw_body: body, now: at, expect: expected } = JSON.parse(readFileSync(file, 'utf8')) as Recorded;
      const { slackRefusal } = await import('../../src/http/people/slackSignature.ts');
      const [timestamp, signature] = [headers['x-slack-request-timestamp'], headers['x-slack-signature']];
      const why = slackRefusal({ raw: Buffer.from(body), timestamp, signature }, [slackSecret], at * 1000);
      expect([name, why === undefined]).toEqual([name, expected === 'accept']);
    }
  });
});

interface Recorded {
  readonly headers: Readonly<Record<string, string>>;
  readonly raw_body: string;
  readonly now: number;
  readonly expect: string;
}
