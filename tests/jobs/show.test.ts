import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest';
import { startSlackApiSink } from '../../demo/sinks/slackApi.ts';
import type { SlackApiSink } from '../../demo/sinks/slackApi.ts';
import { compose } from '../../src/dispatch/compose.ts';
import { createShow } from '../../src/jobs/show.ts';
import { alertId } from '../../src/model/alert.ts';
import type { Notifier } from '../../src/model/notification.ts';
import { Secret } from '../../src/model/secret.ts';
import type { Claim } from '../../src/model/claim.ts';
import { slack } from '../../src/notifiers/slack.ts';
import { silentIo } from '../support/notifierIo.ts';
import { freshStore } from '../support/postgres.ts';
import type { FreshStore } from '../support/postgres.ts';
import {
  alert,
  ask,
  claimOne,
  day,
  evaluation,
  minute,
  notification,
  now,
  telling,
  toldOne,
  transition,
} from '../store/contract/fixtures.ts';

const token = 'xoxb-1-2-three';
const channel = 'C0123456789';
const id = alertId(alert());
const key = { receiver: 'desk', groupKey: '{}:{asset="xusd"}' };
const tellingOf = (receiver: string) => telling({ ...key, receiver, groupWait: 0 });
const act = { by: 'ada', via: 'cli', at: now + minute } as const;
const route = {
  ...{ receivers: ['desk'], groupBy: ['asset'], matchers: [], routes: [], continue: false },
  ...{ groupWait: 0, groupInterval: 5 * minute, repeatInterval: day },
};
const nothing = { expression: '', substituted: '', inputs: [] };

let fresh: FreshStore;
let sink: SlackApiSink;
let notifier: Notifier;
const logged: string[] = [];

beforeAll(async () => {
  fresh = await freshStore();
});
afterAll(async () => fresh.drop());

const composed = async (claim: Claim, at: number) =>
  compose({
    ...{ claim, route, now: at, timezone: 'UTC' },
    ruleOf: () => undefined,
    assetOf: () => undefined,
    evidenceOf: () => nothing,
  });

/** One tick later. */
async function show(at = now + 2 * minute): Promise<void> {
  const other: Notifier = { send: async () => undefined };
  const showing = createShow({
    store: fresh.store,
    notifiers: new Map([
      ['desk', notifier],
      ['mail', other],
    ]),
    compose: composed,
    ...{ now: () => at, machineNow: () => at },
    log: (_level, { reason }) => void logged.push(String(reason)),
    onError: (error) => void logged.push(String(error)),
  });
  showing.run();
  await showing.settled();
}

const isDue = async (at: number) => (await fresh.store.dueGroups(at, at)).some(({ receiver }) => receiver === 'desk');
const shown = () => JSON.stringify(sink.messages[0]!.blocks);

beforeEach(async () => {
  const tables = ['alerts', 'rule_groups', 'transitions', 'tellings', 'group_due', 'notifications'];
  const all = [...tables, 'evaluations', 'episodes', 'silences', 'acknowledgements'];
  await ask(fresh.url, `truncate ${all.map((name) => `tocsin.${name}`).join(', ')} cascade`);
  sink = await startSlackApiSink(token, channel);
  onTestFinished(sink.close);
  notifier = slack.make(slack.options.parse({ token: new Secret(token), channel, api_url: sink.url }), silentIo());
  logged.length = 0;
  const { store } = fresh;
  const fired = {
    transition: transition('firing'),
    tellings: [tellingOf('desk'), tellingOf('mail')],
  };
  await store.commitEvaluation(evaluation(now, 0, { alerts: [alert()], transitions: [fired] }));
  const claim = (await claimOne(store, key, { now, machineNow: now, claimMs: minute }))!;
  const receipt = (await notifier.send(await composed(claim, now), AbortSignal.timeout(5000)))!;
  await toldOne(store, claim, { notification: notification(claim, now, { receipt }), now });
});

it('edits the message soon after somebody acknowledged from elsewhere, and once they take it back, and rings nobody', async () => {
  const { store } = fresh;
  await show();
  expect(sink.messages).toMatchObject([{ edits: 0 }]);
  await store.acknowledge({ alertIds: [id], until: now + day }, act);
  await show();
  expect(sink.messages).toMatchObject([{ edits: 1, thread: undefined }]);
  expect(shown()).toContain('by ada at');
  await show();
  await store.unacknowledge([id], act);
  await show();
  expect(sink.messages).toMatchObject([{ edits: 2 }]);
  expect(shown()).not.toContain('by ada at');
  expect(logged).toEqual([]);
});

it('shows a silence that is about the alert while it lasts, and none that is not', async () => {
  const { store } = fresh;
  const input = { startsAt: act.at, endsAt: now + day, createdBy: 'ada', comment: 'known' };
  await store.addSilence({ ...input, matchers: [{ name: 'asset', op: '=', value: 'other' }] }, act);
  await show();
  expect(sink.messages).toMatchObject([{ edits: 0 }]);
  const silence = await store.addSilence({ ...input, matchers: [{ name: 'asset', op: '=~', value: 'xu.*' }] }, act);
  await show();
  expect(sink.messages).toMatchObject([{ edits: 1 }]);
  expect(shown()).toContain('by ada until');
  await store.expireSilence(silence, { ...act, at: now + 2 * minute });
  await show(now + 3 * minute);
  expect(sink.messages).toMatchObject([{ edits: 2 }]);
  expect(shown()).not.toContain('by ada until');
});

it('leaves what is untold untold, and due when it was', async () => {
  const { store } = fresh;
  const worse = { transition: transition('worse', { at: now + minute }), tellings: [tellingOf('desk')] };
  await store.commitEvaluation(evaluation(now + minute, now, { alerts: [alert()], transitions: [worse] }));
  await store.acknowledge({ alertIds: [id], until: now + day }, act);
  await show();
  expect(sink.messages).toMatchObject([{ edits: 1 }]);
  expect(await isDue(now + 5 * minute - 1)).toBe(false);
  const claim = await claimOne(store, key, { now: now + 5 * minute, machineNow: now + 5 * minute, claimMs: minute });
  expect(claim?.untold).toMatchObject([{ kind: 'worse' }]);
});

it('goes on when the message cannot be edited: the next one makes up for it', async () => {
  sink.faults.push({ status: 500 });
  await fresh.store.acknowledge({ alertIds: [id], until: now + day }, act);
  await show();
  expect(logged).toEqual([expect.stringContaining('Slack answered 500')]);
  expect(await isDue(now + day)).toBe(true);
});
