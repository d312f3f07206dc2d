import { expect, it, onTestFinished, vi } from 'vitest';
import { openSlackSocket } from '../../src/io/slackSocket.ts';
import { Secret } from '../../src/model/secret.ts';
import { startSlackSocketSink } from '../support/slackSocket.ts';

const appToken = new Secret('xapp-1-A1-2-SeCrEtSeCrEt');
const patient = { timeout: 20_000, interval: 20 };

async function connected(onInteraction: (payload: unknown, id: string) => Promise<void>) {
  const sink = await startSlackSocketSink();
  const logged: string[] = [];
  const log = (event: object, message: string) => void logged.push(JSON.stringify(event) + message);
  const start = () => {
    const stop = openSlackSocket({ appToken, api: sink.url, onInteraction, log, firstRetry: 10 });
    onTestFinished(async () => {
      await stop();
      await sink.close();
    });
  };
  return { sink, logged, start };
}

it('hears presses, and answers an envelope once it is dealt with', { timeout: 30_000 }, async () => {
  const heard: unknown[] = [];
  const { sink, start } = await connected(async (payload, id) => void heard.push([payload, id]));
  start();
  await vi.waitFor(() => expect(sink.sockets).toHaveLength(1), patient);
  sink.send({
    envelope_id: 'e1',
    type: 'interactive',
    accepts_response_payload: true,
    payload: { type: 'block_actions' },
  });
  sink.send({ envelope_id: 'e2', type: 'events_api', payload: {} });
  await vi.waitFor(
    () => expect(sink.received.toSorted()).toEqual(['{"envelope_id":"e1"}', '{"envelope_id":"e2"}']),
    patient,
  );
  expect(heard).toEqual([[{ type: 'block_actions' }, 'e1']]);
  expect(sink.authorizations).toEqual([`Bearer ${appToken.reveal()}`]);
});

it('does not answer for what failed: Slack sends it again', { timeout: 30_000 }, async () => {
  const { sink, logged, start } = await connected(async () => Promise.reject(new Error('the database is gone')));
  start();
  await vi.waitFor(() => expect(sink.sockets).toHaveLength(1), patient);
  sink.send({ envelope_id: 'e1', type: 'interactive', payload: {} });
  await vi.waitFor(() => expect(logged.join('')).toContain('the database is gone'), patient);
  expect(sink.received).toEqual([]);
});

it('connects anew when Slack asks for it and when the connection breaks', { timeout: 30_000 }, async () => {
  const { sink, start } = await connected(async () => undefined);
  start();
  await vi.waitFor(() => expect(sink.sockets).toHaveLength(1), patient);
  sink.sockets[0]!.destroy();
  await vi.waitFor(() => expect(sink.sockets).toHaveLength(2), patient);
  sink.send({ type: 'disconnect', reason: 'refresh_requested' });
  sink.sockets[1]!.end();
  await vi.waitFor(() => expect(sink.sockets).toHaveLength(3), patient);
});

it('tries again when Slack gives no socket, and says why without the token', { timeout: 30_000 }, async () => {
  const { sink, logged, start } = await connected(async () => undefined);
  sink.refusals.push('invalid_auth', `weird ${appToken.reveal()}`);
  start();
  await vi.waitFor(() => expect(sink.sockets).toHaveLength(1), patient);
  expect(logged.join('')).toContain('invalid_auth');
  expect(logged.join('')).not.toContain(appToken.reveal());
});
