import { expect, it } from 'vitest';
import { startHttpSink } from '../../demo/sinks/http.ts';
import { sendBeat } from '../../src/io/beat.ts';
import { createHeartbeat } from '../../src/jobs/heartbeat.ts';
import { makeLive } from '../../src/jobs/live.ts';
import { Secret } from '../../src/model/secret.ts';
import { MINUTE, NOW, rule } from '../rules/world.ts';

const groups = [{ name: 'g', interval: MINUTE, rules: [rule('up == 0')] }];
const live = makeLive({ assets: {}, sources: [], declared: [], groups, files: {} });

function world() {
  const state = { now: NOW, evaluatedAt: NOW, waiting: false, refuses: false };
  const beats: number[] = [];
  const logged: string[] = [];
  const after = createHeartbeat({
    store: {
      groupStates: async () => new Map([['g', { evaluatedAt: state.evaluatedAt }]]),
      dueGroups: async (before) => (state.waiting ? [{ receiver: 'ops', groupKey: 'k', dueAt: before }] : []),
    },
    runtime: { live },
    now: () => state.now,
    machineNow: () => state.now,
    every: MINUTE,
    beat: async () => {
      if (state.refuses) throw new Error('no');
      beats.push(state.now);
    },
    log: (event, message) => void logged.push(`${message} ${JSON.stringify(event)}`),
  });
  return { state, beats, logged, after };
}

it('beats after a whole round, once in its interval', async () => {
  const { state, beats, after } = world();
  await after();
  await after();
  expect(beats).toEqual([NOW]);
  state.now = state.evaluatedAt = NOW + MINUTE;
  await after();
  expect(beats).toEqual([NOW, NOW + MINUTE]);
});

it('is silent while a group is not judged or a message waits, and says why', async () => {
  const { state, beats, logged, after } = world();
  state.now = NOW + 3 * MINUTE;
  await after();
  state.evaluatedAt = state.now;
  state.waiting = true;
  await after();
  expect(beats).toEqual([]);
  expect(logged).toEqual([
    expect.stringContaining('group \\"g\\" was not judged'),
    expect.stringContaining('a message to \\"ops\\" waits'),
  ]);
  state.waiting = false;
  await after();
  expect(beats).toEqual([state.now]);
});

it('tries again with the next tick what was not taken', async () => {
  const { state, beats, after } = world();
  state.refuses = true;
  await after();
  state.refuses = false;
  await after();
  expect(beats).toEqual([NOW]);
});

it('asks for the address, and says what failed without it', async () => {
  const sink = await startHttpSink(() => ({ status: 200 }));
  const url = new Secret(`${sink.url}/ping/SECRETsecretSECRETsecret1?key=SECRET-query`);
  await sendBeat(url, 'GET');
  await sendBeat(url, 'POST');
  expect(sink.received.map(({ method }) => method)).toEqual(['GET', 'POST']);
  sink.faults.push({ status: 404, body: url.reveal() }, 'reset');
  await expect(sendBeat(url, 'GET')).rejects.toThrow(/^127\.0\.0\.1:\d+ answered 404 to a heartbeat/);
  await expect(sendBeat(url, 'GET')).rejects.toThrow(/^(?!.*SECRET).*could not be reached/);
  await sink.close();
});
