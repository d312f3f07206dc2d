import { text } from 'node:stream/consumers';
import { afterEach, expect, test } from 'vitest';
import { notifyTest } from '../../src/cli/notify.ts';
import type { LocalServer } from '../io/http-server.ts';
import { reply, serve } from '../io/http-server.ts';
import { folderOf, tocsin } from './tocsin.ts';

const open: LocalServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

async function tested(receiver: (url: string) => string, env: Readonly<Record<string, string>>) {
  const bodies: Record<string, unknown>[] = [];
  const server = await serve((request, response) => {
    void text(request).then((body) => {
      bodies.push(JSON.parse(body) as Record<string, unknown>);
      reply(response, 202, { status: 'success', requestId: 'r1' });
    });
  });
  open.push(server);
  const folder = folderOf({ 'tocsin.yaml': `receivers: { desk: ${receiver(server.url)} }\npacks: []\nrules: []\n` });
  return { ...(await tocsin(folder, async (output) => notifyTest('desk', {}, output), env)), bodies };
}

test('of a service that keeps an incident for each alert opens one and closes it', async () => {
  const { code, stdout, bodies } = await tested(
    (url) => `{ kind: pagerduty, routing_key: '\${KEY}', api_url: '${url}' }`,
    { KEY: 'R0UTINGKEYR0UTINGKEYR0UTINGKEY00' },
  );
  expect([code, stdout]).toEqual([0, 'Receiver "desk" accepted the test message.\n']);
  expect(bodies.map((body) => body['event_action'])).toEqual(['trigger', 'resolve']);
  expect(bodies[0]!['dedup_key']).toBe(bodies[1]!['dedup_key']);
});

test('of other services sends one message', async () => {
  const { code, bodies } = await tested((url) => `{ kind: alertmanager, urls: ['${url}'] }`, {});
  expect([code, bodies.length]).toEqual([0, 1]);
});

test('of the inbox says that there is nothing to send', async () => {
  const { code, stdout, bodies } = await tested(() => '{ kind: inbox }', {});
  expect([code, stdout, bodies]).toEqual([
    0,
    'Receiver "desk" keeps messages on the dashboard of the worker: there is nothing to send, so nothing was tested.\n',
    [],
  ]);
});
