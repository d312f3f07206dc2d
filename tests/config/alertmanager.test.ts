import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { testRoutes } from '../../src/cli/routes.ts';
import { ConfigErrors } from '../../src/config/error.ts';
import { loadConfig } from '../../src/config/loadConfig.ts';
import { configYaml } from '../../src/http/alertmanager/configYaml.ts';
import type { Route } from '../../src/model/config.ts';
import * as notifiers from '../../src/notifiers/index.ts';
import { Secret } from '../../src/model/secret.ts';

const FILES: Readonly<Record<string, string>> = { '/run/secrets/og': 'opsgenie-key-1\n' };

const load = (alertmanager: string, tocsin = '') =>
  loadConfig({
    ...{ file: 'tocsin.yaml', text: `alertmanager: am.yml\n${tocsin}`, notifiers, packs: [], exists: () => true },
    env: {},
    readFile: (path) => {
      const found = path === 'am.yml' ? alertmanager : FILES[path];
      if (found === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
      return found;
    },
  });

const complaints = (alertmanager: string, tocsin = '') => {
  try {
    load(alertmanager, tocsin);
    return 'none';
  } catch (error) {
    if (!(error instanceof ConfigErrors)) throw error;
    return error.errors.map(({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`).join('\n');
  }
};

const nowhere = () =>
  loadConfig({
    file: 't',
    text: 'alertmanager: none.yml',
    notifiers,
    packs: [],
    env: {},
    exists: () => true,
    readFile: () => {
      throw Object.assign(new Error(), { code: 'ENOENT' });
    },
  });

const REAL = readFileSync(new URL('../fixtures/alertmanager.yml', import.meta.url), 'utf8');

const PERIOD = `times: [{ start_time: '08:30', end_time: '24:00' }], weekdays: ['monday:friday', sunday], days_of_month: ['1:5', '-1'],
        months: ['1:3'], years: ['2026'], location: Europe/Berlin`;
const hasAmtool = spawnSync('amtool', ['--version']).error === undefined;

function checkedByAmtool(text: string): string {
  const file = join(mkdtempSync(join(tmpdir(), 'tocsin-am-')), 'am.yml');
  writeFileSync(file, text);
  return execFileSync('amtool', ['check-config', file], { encoding: 'utf8' });
}

describe('alertmanager: FILE', () => {
  test('an existing file loads with its meaning, its secrets unprintable', () => {
    const { route, inhibit, receivers, warnings } = load(REAL);
    expect(route).toMatchObject({
      receivers: ['team'],
      groupBy: ['alertname'],
      groupWait: 10_000,
      repeatInterval: 14_400_000,
    });
    expect(route.routes.map(({ receivers: told, named }) => [told, named])).toEqual([
      [['pager'], undefined],
      [[], 'null'],
      [['both', 'both (opsgenie 2)'], 'both'],
    ]);
    expect(route.routes[0]!.matchers).toContainEqual({ name: 'code', op: '=', value: '500' });
    expect(route.routes[1]!.muteTimes).toMatchObject([{ name: 'offhours' }]);
    expect(inhibit).toHaveLength(1);
    expect(receivers.map(({ name, kind, options }) => [name, kind, options])).toMatchObject([
      ['team', 'slack_webhook', { url: expect.any(Secret) }],
      ['pager', 'pagerduty', { routing_key: expect.any(Secret), region: 'us' }],
      [
        'both',
        'email',
        {
          host: 'smtp.example.org',
          port: 587,
          tls: 'starttls',
          user: 'alertmanager',
          to: ['a@example.org', 'b@example.org'],
        },
      ],
      ['both (opsgenie 2)', 'opsgenie', { region: 'eu', teams: ['desk'] }],
    ]);
    expect((receivers[3]!.options as { key: Secret }).key.reveal()).toBe('opsgenie-key-1');
    expect(JSON.stringify(receivers)).not.toMatch(/hunter2|0123456789abcdef|opsgenie-key/);
    expect(warnings.map(({ line, message }) => `${line}: ${message}`)).toEqual([
      expect.stringMatching(/^10: templates have no effect/),
      expect.stringMatching(/^33: "title" has no effect/),
    ]);
  });

  test('what would change who is told and is not supported is an error in its line', () => {
    const text = REAL.replace('routing_key: 0123', 'service_key: 0123')
      .replace(
        "- name: 'null'",
        "- name: 'null'\n    wechat_configs: [ { api_secret: hunter2-wechat } ]\n  - name: hook\n    webhook_configs: [ { url: https://example.org/hunter2 } ]",
      )
      .replace("to: 'a@example.org, b@example.org'", 'to: nobody, tls_config: { insecure_skip_verify: true }')
      .replace('resolve_timeout: 5m', 'http_config: { proxy_url: http://proxy }')
      .replace('receiver: both', 'receiver: boht');
    expect(complaints(text)).toMatchInlineSnapshot(`
      "am.yml:3:3: "http_config" is not supported here
      am.yml:23:17: unknown receiver "boht"; did you mean "both"?
      am.yml:35:25: missing key "routing_key": a secret must be written as \${NAME} or \${FILE:/path}, never in the file itself
      am.yml:35:27: Events API v1 is not spoken here; make an "Events API v2" integration and write its key as routing_key
      am.yml:37:5: "wechat_configs" is not supported; write a receiver "null" under receivers: in tocsin.yaml, and it stands for this one
      am.yml:39:5: "webhook_configs" is not supported; write a receiver "hook" under receivers: in tocsin.yaml, and it stands for this one
      am.yml:41:27: found "nobody"; expected an e-mail address: ops@example.org or "Ops <ops@example.org>"
      am.yml:41:35: "tls_config" is not supported here"
    `);
    expect(complaints(text)).not.toContain('hunter2');
  });

  test('what /api/v2/status serves reads as the same routes, inhibition and times', () => {
    const text = REAL.replace("weekdays: ['saturday', 'sunday']", PERIOD);
    const { route, inhibit } = load(text);
    const served = configYaml(load(text));
    const again = load(served);
    const plain = (one: Route): unknown => ({
      ...one,
      ...{ receivers: 0, named: one.named ?? one.receivers.join() },
      routes: one.routes.map(plain),
    });
    expect(plain(again.route)).toEqual(plain(route));
    expect(again.inhibit).toEqual(inhibit);
    expect(served).not.toMatch(/hunter2|opsgenie-key|0123456789abcdef/);
    if (hasAmtool) expect(checkedByAmtool(served)).toContain('SUCCESS');
  });

  test('a receiver of tocsin.yaml stands for the one of its name', () => {
    const text = REAL.replace(
      "- name: 'null'",
      "- name: hook\n    webhook_configs: [ { url: https://example.org/ } ]\n  - name: 'null'",
    );
    const { receivers, route } = load(
      text.replace('receiver: both', 'receiver: hook'),
      'receivers: { hook: { kind: inbox }, team: { kind: log } }',
    );
    expect(receivers.map(({ name, kind }) => [name, kind])).toContainEqual(['hook', 'inbox']);
    expect(receivers.find(({ name }) => name === 'team')).toMatchObject({ kind: 'log' });
    expect(route.routes[2]).toMatchObject({ receivers: ['hook'] });
  });

  test('routing stands in one place', () => {
    expect(complaints(REAL, 'route: { receiver: log }')).toMatch(/^tocsin.yaml:2:1: "route" stands in "am.yml"/);
    expect(complaints('route: { matchers: [a=b] }')).toMatch(/am.yml:1:1: missing key "receiver"[^]*takes every alert/);
    expect(nowhere).toThrow(/t:1:15: the file "none.yml" cannot be read/);
  });
});

const NAMES = ['a', 'b'];
const VALUES = ['x', 'y', 'xy', ''];
const matcher = fc.oneof(
  fc.record({ name: fc.constantFrom(...NAMES), op: fc.constantFrom('=', '!='), value: fc.constantFrom(...VALUES) }),
  fc.record({
    name: fc.constantFrom(...NAMES),
    op: fc.constantFrom('=~', '!~'),
    value: fc.constantFrom('x|y', 'x.*', '.+', 'x?', ''),
  }),
);

interface Tree {
  readonly receiver: string | undefined;
  readonly matchers: readonly { readonly name: string; readonly op: string; readonly value: string }[];
  readonly continue: boolean;
  readonly routes: readonly Tree[];
}

const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.record({
    receiver: fc.constantFrom(undefined, 'r0', 'r1', 'r2', 'r3'),
    matchers: fc.array(matcher, { maxLength: 2 }),
    continue: fc.boolean(),
    routes: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constant([]),
      fc.array(tie('tree'), { maxLength: 3 }),
    ),
  }),
}));
const labels = fc.dictionary(fc.constantFrom(...NAMES), fc.constantFrom('x', 'y', 'xy'), { maxKeys: 2 });

const written = ({ matchers, ...node }: Tree): object => ({
  ...node,
  matchers: matchers.map(({ name, op, value }) => `${name}${op}"${value}"`),
  routes: node.routes.map(written),
});

test.skipIf(!hasAmtool)(
  'tocsin routes test agrees with amtool config routes test on any tree (amtool)',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'tocsin-am-'));
    const [file, config] = [join(folder, 'am.yml'), join(folder, 'tocsin.yaml')];
    writeFileSync(config, `alertmanager: ${file}\nrules: []\nreceivers: { r0: { kind: log }, r1: { kind: log } }\n`);
    fc.assert(
      fc.property(
        fc.array(tree, { maxLength: 4 }),
        fc.array(labels, { minLength: 1, maxLength: 3 }),
        (routes, sets) => {
          const receivers = ['r0', 'r1', 'r2', 'r3'].map((name) => ({ name }));
          writeFileSync(file, JSON.stringify({ route: { receiver: 'r0', routes: routes.map(written) }, receivers }));
          for (const set of sets) {
            const pairs = Object.entries(set).map(([name, value]) => `${name}=${value}`);
            let ours = '';
            const stdout = { write: (part: string) => void (ours += part) } as unknown as NodeJS.WritableStream;
            expect(testRoutes(pairs, { config }, { stdout, stderr: stdout })).toBe(0);
            const theirs = execFileSync('amtool', ['config', 'routes', 'test', `--config.file=${file}`, ...pairs], {
              encoding: 'utf8',
              stdio: ['ignore', 'pipe', 'ignore'],
            });
            expect(ours).toBe(theirs);
          }
        },
      ),
      { numRuns: 40 },
    );
  },
  120_000,
);
