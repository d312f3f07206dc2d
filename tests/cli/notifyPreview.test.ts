import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { check } from '../../src/cli/check.ts';
import { notifyPreview } from '../../src/cli/notifyPreview.ts';
import { folderOf, tocsin } from './tocsin.ts';

const KEY = 'R0UTINGKEYR0UTINGKEYR0UTINGKEY00';
const settings = `receivers:
  chat:
    kind: telegram
    token: '\${TELEGRAM}'
    chat_id: 42
    templates: { title: 'Look at {{ alert.labels.asset }}', text: 'It says <{{ alert.summary }}>' }
  mail: { kind: email, host: mail.example.org, from: a@example.org, to: b@example.org }
  phone: { kind: pagerduty, routing_key: '\${KEY}' }
packs: []
`;
const env = { TELEGRAM: `7000000001:${'a'.repeat(30)}`, KEY };
const preview = async (name: string, choices = {}) =>
  tocsin(
    folderOf({ 'tocsin.yaml': settings, 'rules/none.yaml': '' }),
    async (output) => notifyPreview(name, choices, output),
    env,
  );

test('what a chat would be sent is printed, in its own words and escaped', async () => {
  const { code, stdout } = await preview('chat');
  expect(code).toBe(0);
  expect(stdout).toContain('Title: Look at xusd\n');
  expect(stdout).toContain('<b>Look at xusd</b>\\n\\nIt says &lt;Example: xUSD trades');
});

test('what a service would be sent holds no secret', async () => {
  const { stdout } = await preview('phone');
  expect(stdout).toContain('"routing_key": "[secret]"');
  expect(stdout).not.toContain(KEY);
});

test('the HTML of a mail is written', async () => {
  const html = join(folderOf({}), 'mail.html');
  const { stdout } = await preview('mail', { html });
  expect(stdout).toMatch(/^Subject: Example xusd \(tocsin [0-9a-f]{6}\)\nTitle: CRITICAL {2}\$68M at risk: /);
  expect(readFileSync(html, 'utf8')).toContain('xUSD trades');
});

test('a receiver or an alert that is not there is said', async () => {
  expect(await preview('nobody')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('chat, mail, phone') as string,
  });
  expect(await preview('mail', { alert: 'Nothing' })).toMatchObject({ code: 1 });
});

test('check points into a template that cannot be used', async () => {
  const wrong = settings.replace('alert.summary', 'alert.sumary');
  const { code, stdout } = await tocsin(
    folderOf({ 'tocsin.yaml': wrong, 'rules/none.yaml': '' }),
    async (output) => check([], {}, output),
    env,
  );
  expect(code).toBe(1);
  const column = wrong.split('\n')[5]!.indexOf('alert.sumary') + 1;
  expect(stdout).toContain(`tocsin.yaml:6:${column}: error invalid: unknown variable "alert.sumary"`);
});
