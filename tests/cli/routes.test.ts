import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { showRoutes, testRoutes } from '../../src/cli/routes.ts';

const config = join(mkdtempSync(join(tmpdir(), 'tocsin-routes-')), 'tocsin.yaml');
writeFileSync(
  config,
  `
receivers: { desk: { kind: log }, phone: { kind: log }, boss: { kind: log } }
route:
  receiver: desk
  group_by: [asset]
  routes:
    - { matchers: ['severity="critical"'], receiver: phone, continue: true, escalate: [{ after: 15m, receiver: boss }] }
    - { matchers: ['team=~"risk|ops"'], receivers: [desk, boss] }
rules: []
`,
);

function run(work: (output: Parameters<typeof showRoutes>[1]) => number): string {
  let text = '';
  const stream = { write: (part: string) => void (text += part) } as unknown as NodeJS.WritableStream;
  work({ stdout: stream, stderr: stream });
  return text;
}

test('the tree is printed with what each node says', () => {
  expect(run((output) => showRoutes({ config }, output))).toMatchInlineSnapshot(`
    "everything → desk (by asset, 30s/5m/4h)
      severity="critical" → phone (by asset, 30s/5m/4h), after 15m boss, and goes on
      team=~"risk|ops" → desk, boss (by asset, 30s/5m/4h)
    "
  `);
});

test.each([
  [['severity=warning'], 'desk'],
  [['severity=critical'], 'phone\nafter 15m boss'],
  [['severity=critical', 'team=ops'], 'phone,desk,boss\nafter 15m boss'],
])('%j goes to %s', (labels, expected) => {
  expect(run((output) => testRoutes(labels, { config }, output))).toBe(`${expected}\n`);
});
