import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { ConfigErrors } from '../../src/config/error.ts';
import type { Secret } from '../../src/model/secret.ts';
import { complaints, settings } from './kinds.ts';

const listen = (address: string) => complaints(() => settings(`dashboard: { listen: '${address}' }`));

describe('loadConfig', () => {
  test('without a file needs no key', () => {
    expect(settings(undefined)).toMatchInlineSnapshot(`
      {
        "advice": [
          "No chain is read. Run "tocsin init", or add to tocsin.yaml: chains: { ethereum: { rpc: ["\${ETHEREUM_RPC_URL}"] } }.",
          "Nobody is told. Add a receiver to tocsin.yaml, such as receivers: { team: { kind: slack_webhook, url: "\${SLACK_WEBHOOK_URL}" } }; docs/receivers.md lists the kinds, from email to pagerduty.",
        ],
        "chains": {},
        "clock": {
          "follow": "wall",
        },
        "dashboard": {
          "host": "127.0.0.1",
          "port": 9465,
        },
        "data": "./data",
        "packs": [
          "stablecoins",
        ],
        "receivers": [
          {
            "kind": "log",
            "name": "log",
            "options": {},
          },
          {
            "kind": "inbox",
            "name": "inbox",
            "options": {},
          },
        ],
        "route": {
          "continue": false,
          "groupBy": [
            "alertname",
            "asset",
          ],
          "groupInterval": 300000,
          "groupWait": 30000,
          "matchers": [],
          "receivers": [
            "log",
            "inbox",
          ],
          "repeatInterval": 14400000,
          "routes": [],
        },
        "rules": [
          "rules",
        ],
        "timezone": "UTC",
        "unackAfter": 86400000,
        "warnings": [],
      }
    `);
  });

  test('reads everything there is', () => {
    const config = settings(
      `
timezone: Europe/Berlin
data: /var/lib/tocsin
store: { url: '\${DB}' }
redis: { url: redis://127.0.0.1:6379 }
chains:
  ethereum:
    rpc: [https://one.example/, 'https://two.example/\${KEY}']
    batch_bytes: 4096
    timeout: 3s
  devnet: { id: 31337, rpc: [http://127.0.0.1:8545] }
receivers:
  team: { kind: slack, url: '\${FILE:/run/secrets/slack}' }
route:
  receivers: [team]
  group_by: [asset]
  group_wait: 10s
  routes:
    - matchers: ['severity="critical"', 'asset=~"xusd|deusd"']
      receivers: [team, inbox]
      repeat_interval: 1h
      continue: true
dashboard: { listen: '0.0.0.0:80', external_url: https://tocsin.example, password: '\${PASSWORD}' }
packs: [stablecoins]
rules: [rules]
clock: { follow: chain, chain: devnet }
`,
      {
        env: { DB: 'postgres://u:hush@db/t', KEY: 'hush', PASSWORD: 'hush' },
        files: { '/run/secrets/slack': 'https://hooks.slack.example/hush\n' },
      },
    );
    expect(config).toMatchInlineSnapshot(`
      {
        "advice": [],
        "chains": {
          "devnet": {
            "batchBytes": 32768,
            "callsPerSecond": 20,
            "id": 31337,
            "kind": "evm",
            "maxLag": 60000,
            "name": "devnet",
            "rpc": [
              "[secret]",
            ],
            "timeout": 10000,
          },
          "ethereum": {
            "batchBytes": 4096,
            "callsPerSecond": 20,
            "id": 1,
            "kind": "evm",
            "maxLag": 60000,
            "name": "ethereum",
            "rpc": [
              "[secret]",
              "[secret]",
            ],
            "timeout": 3000,
          },
        },
        "clock": {
          "chain": "devnet",
          "follow": "chain",
        },
        "dashboard": {
          "externalUrl": "https://tocsin.example",
          "host": "0.0.0.0",
          "password": "[secret]",
          "port": 80,
        },
        "data": "/var/lib/tocsin",
        "databaseUrl": "[secret]",
        "packs": [
          "stablecoins",
        ],
        "receivers": [
          {
            "kind": "slack",
            "name": "team",
            "options": {
              "url": "[secret]",
            },
          },
          {
            "kind": "inbox",
            "name": "inbox",
            "options": {},
          },
        ],
        "redisUrl": "[secret]",
        "route": {
          "continue": false,
          "groupBy": [
            "asset",
          ],
          "groupInterval": 300000,
          "groupWait": 10000,
          "matchers": [],
          "receivers": [
            "team",
          ],
          "repeatInterval": 14400000,
          "routes": [
            {
              "continue": true,
              "groupBy": [
                "asset",
              ],
              "groupInterval": 300000,
              "groupWait": 10000,
              "matchers": [
                {
                  "name": "severity",
                  "op": "=",
                  "value": "critical",
                },
                {
                  "name": "asset",
                  "op": "=~",
                  "value": "xusd|deusd",
                },
              ],
              "receivers": [
                "team",
                "inbox",
              ],
              "repeatInterval": 3600000,
              "routes": [],
            },
          ],
        },
        "rules": [
          "rules",
        ],
        "timezone": "Europe/Berlin",
        "unackAfter": 86400000,
        "warnings": [],
      }
    `);
    expect(config.chains['ethereum']?.rpc[1]?.reveal()).toBe('https://two.example/hush');
    const [team] = config.receivers.map(({ options }) => options as { readonly url: Secret });
    expect(team?.url.reveal()).toBe('https://hooks.slack.example/hush');
    expect(inspect(config, { depth: 9 }) + JSON.stringify(config)).not.toContain('hush');
    expect(Object.isFrozen(config.route.routes[0]?.matchers)).toBe(true);
  });

  test('takes addresses from the environment when the file is silent', () => {
    const env = { DATABASE_URL: 'postgres://a', REDIS_URL: 'redis://b', TOCSIN_DATA: '/d' };
    const { databaseUrl, redisUrl, data } = settings('{}', { env });
    expect([databaseUrl?.reveal(), redisUrl?.reveal(), data]).toEqual(['postgres://a', 'redis://b', '/d']);
  });

  test('an empty file is a configuration that asks for nothing', () => {
    expect(settings('# nothing yet\n')).toMatchObject({
      packs: [],
      chains: {},
      route: { receivers: ['log', 'inbox'] },
    });
  });

  test('a route inherits what it does not say', () => {
    const { route } = settings('route: { group_wait: 1s, routes: [{ group_interval: 2s, routes: [{}] }] }');
    expect(route.routes[0]?.routes[0]).toEqual({
      receivers: ['log', 'inbox'],
      groupBy: ['alertname', 'asset'],
      groupWait: 1_000,
      groupInterval: 2_000,
      repeatInterval: 14_400_000,
      matchers: [],
      routes: [],
      continue: false,
    });
  });

  test('points at malformed YAML', () => {
    expect(complaints(() => settings('packs: [stablecoins\nrules: "rules\n'))).toMatchInlineSnapshot(`
      "
      tocsin.yaml:2:1: Flow sequence in block collection must be sufficiently indented and end with a ]
         2 | rules: "rules
           | ^
      tocsin.yaml:3:1: Missing closing "quote
         3 | 
           | ^
      "
    `);
    expect(complaints(() => settings('packs: []\npacks: []\n'))).toMatchInlineSnapshot(`
      "
      tocsin.yaml:2:1: Map keys must be unique
         2 | packs: []
           | ^
      "
    `);
    expect(complaints(() => settings('chains:\n\tethereum: {}\n'))).toMatchInlineSnapshot(`
      "
      tocsin.yaml:2:1: Tabs are not allowed as indentation; write spaces
         2 |  ethereum: {}
           | ^
      "
    `);
    expect(complaints(() => settings('- a list\n'))).toMatchInlineSnapshot(`
      "
      tocsin.yaml:1:1: found a list; expected a map
         1 | - a list
           | ^^^^^^^^
      "
    `);
  });

  test('refuses aliases that multiply', () => {
    const bomb = `a: &a [x, x, x, x, x, x, x, x, x]\n${['b', 'c', 'd']
      .map((key, index) => {
        const before = 'abc'[index];
        return `${key}: &${key} [${`*${before}, `.repeat(9)}*${before}]`;
      })
      .join('\n')}\n`;
    expect(complaints(() => settings(bomb))).toMatchInlineSnapshot(`
      "
      tocsin.yaml:1:1: Excessive alias count indicates a resource exhaustion attack
         1 | a: &a [x, x, x, x, x, x, x, x, x]
           | ^
      "
    `);
  });

  test('says everything that is wrong at once, in the order of the file', () => {
    const file = `timezone: Mars/Olympus
recievers: {}
chains:
  etherum: { rpc: [https://node.example] }
  base: { rpc: https://node.example, timeout: 10 }
receivers:
  team: { kind: slak, url: '\${SLACK}' }
  mail: { kind: email, to: [a@example.org], port: many, from: me }
  chat: { kind: slack }
route:
  receivers: [teem, mail, chat]
  group_wait: 30
  routes:
    - { matchers: [severity is critical, 'asset=~"("'], receivers: [pager] }
dashboard: { listen: 0.0.0.0:9465 }
packs: [stablecoin]
rules: [no/such/folder]
clock: { follow: chain, chain: bsae }
`;
    expect(complaints(() => settings(file))).toMatchInlineSnapshot(`
      "
      tocsin.yaml:1:11: found "Mars/Olympus"; expected an IANA zone such as UTC or Europe/Berlin
         1 | timezone: Mars/Olympus
           |           ^^^^^^^^^^^^
      tocsin.yaml:2:1: unknown key "recievers"; did you mean "receivers"?
         2 | recievers: {}
           | ^^^^^^^^^
      tocsin.yaml:4:3: unknown chain "etherum"; did you mean "ethereum"?
         4 |   etherum: { rpc: [https://node.example] }
           |   ^^^^^^^
      tocsin.yaml:5:16: found "https://node.example"; expected a list
         5 |   base: { rpc: https://node.example, timeout: 10 }
           |                ^^^^^^^^^^^^^^^^^^^^
      tocsin.yaml:5:47: found "10"; expected a duration such as 30s, 5m, 1h30m or 7d
         5 |   base: { rpc: https://node.example, timeout: 10 }
           |                                               ^^
      tocsin.yaml:7:17: unknown receiver kind "slak"; did you mean "slack"?
         7 |   team: { kind: slak, url: '\${SLACK}' }
           |                 ^^^^
      tocsin.yaml:7:29: the environment variable "SLACK" is not set; set it, or write it into .env
         7 |   team: { kind: slak, url: '\${SLACK}' }
           |                             ^^^^^^^^
      tocsin.yaml:8:51: found "many"; expected a number
         8 |   mail: { kind: email, to: [a@example.org], port: many, from: me }
           |                                                   ^^^^
      tocsin.yaml:8:57: unknown key "from"; expected to, port, kind, fallback, templates
         8 |   mail: { kind: email, to: [a@example.org], port: many, from: me }
           |                                                         ^^^^
      tocsin.yaml:9:9: missing key "url": a secret must be written as \${NAME} or \${FILE:/path}, never in the file itself
         9 |   chat: { kind: slack }
           |         ^^^^^^^^^^^^^^^
      tocsin.yaml:11:15: unknown receiver "teem"; did you mean "team"?
        11 |   receivers: [teem, mail, chat]
           |               ^^^^
      tocsin.yaml:12:15: found "30"; expected a duration such as 30s, 5m, 1h30m or 7d
        12 |   group_wait: 30
           |               ^^
      tocsin.yaml:14:20: found "severity is critical"; expected a matcher such as severity="critical" or asset=~"xusd|deusd"
        14 |     - { matchers: [severity is critical, 'asset=~"("'], receivers: [pager] }
           |                    ^^^^^^^^^^^^^^^^^^^^
      tocsin.yaml:14:42: found "("; expected a regular expression (RE2): error parsing regexp: missing closing ): \`(\`
        14 |     - { matchers: [severity is critical, 'asset=~"("'], receivers: [pager] }
           |                                          ^^^^^^^^^^^^
      tocsin.yaml:14:69: unknown receiver "pager"; expected team, mail, chat, log, inbox
        14 |     - { matchers: [severity is critical, 'asset=~"("'], receivers: [pager] }
           |                                                                     ^^^^^
      tocsin.yaml:15:22: listening on "0.0.0.0:9465" lets others in; add dashboard.password: \${NAME}, or listen on 127.0.0.1:9465
        15 | dashboard: { listen: 0.0.0.0:9465 }
           |                      ^^^^^^^^^^^^
      tocsin.yaml:16:9: unknown pack "stablecoin"; did you mean "stablecoins"?
        16 | packs: [stablecoin]
           |         ^^^^^^^^^^
      tocsin.yaml:17:9: found "no/such/folder"; expected a folder or file that exists, or a glob such as rules/**/*.yaml
        17 | rules: [no/such/folder]
           |         ^^^^^^^^^^^^^^
      tocsin.yaml:18:32: unknown chain "bsae"; did you mean "base"?
        18 | clock: { follow: chain, chain: bsae }
           |                                ^^^^
      "
    `);
  });

  test('points at every variable and file that is missing', () => {
    const file = `chains:
  ethereum: { rpc: ['https://node.example/\${ETH_KEY}', '\${EMPTY}'] }
redis: { url: '\${FILE:/run/secrets/redis}' }
`;
    expect(complaints(() => settings(file, { env: { ETH_KEYS: 'x', EMPTY: '' } }))).toMatchInlineSnapshot(`
      "
      tocsin.yaml:2:43: the environment variable "ETH_KEY" is not set; did you mean "ETH_KEYS"?
         2 |   ethereum: { rpc: ['https://node.example/\${ETH_KEY}', '\${EMPTY}'] }
           |                                           ^^^^^^^^^^
      tocsin.yaml:2:57: the environment variable "EMPTY" is empty; set it, or write it into .env
         2 |   ethereum: { rpc: ['https://node.example/\${ETH_KEY}', '\${EMPTY}'] }
           |                                                         ^^^^^^^^
      tocsin.yaml:3:16: the file "/run/secrets/redis" cannot be read; expected a file that holds the secret alone
         3 | redis: { url: '\${FILE:/run/secrets/redis}' }
           |                ^^^^^^^^^^^^^^^^^^^^^^^^^^
      "
    `);
  });

  test('never shows a secret that somebody wrote into the file', () => {
    const file = `receivers:
  a: { kind: slack, url: https://hooks.slack.example/services/hush }
  b: { kind: slack, urll: https://hooks.slack.example/services/hush }
store: { url: postgres://tocsin:hush@db/tocsin }
dashboard: { password: hush hush }
chains:
  ethereum: { rpc: 'https://node.example/v2/hush' }
`;
    const text = complaints(() => settings(file));
    expect(text).toMatchInlineSnapshot(`
      "
      tocsin.yaml:2:26: a secret must be written as \${NAME} or \${FILE:/path}, never in the file itself
         2 |   a: { kind: slack, url: https://hooks.slack.example************** }
           |                          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      tocsin.yaml:3:6: missing key "url": a secret must be written as \${NAME} or \${FILE:/path}, never in the file itself
         3 |   b: { kind: slack, urll: https://hooks.slack.example************** }
           |      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      tocsin.yaml:3:21: unknown key "urll"; did you mean "url"?
         3 |   b: { kind: slack, urll: https://hooks.slack.example************** }
           |                     ^^^^
      tocsin.yaml:4:15: found "postgres://***********@db*******"; an address with a password must be written as \${NAME} or \${FILE:/path}
         4 | store: { url: postgres://***********@db******* }
           |               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      tocsin.yaml:5:24: a secret must be written as \${NAME} or \${FILE:/path}, never in the file itself
         5 | dashboard: { password: **** **** }
           |                        ^^^^^^^^^
      tocsin.yaml:7:20: found "https://node.example********"; expected a list
         7 |   ethereum: { rpc: 'https://node.example********' }
           |                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      "
    `);
    expect(text).not.toContain('hush');
  });

  test('never shows the value behind a reference', () => {
    const file = "timezone: '${ZONE}'\nreceivers:\n  a: { kind: slack, url: '${ZONE}', to: '${ZONE}' }\n";
    const text = complaints(() => settings(file, { env: { ZONE: 'hush' } }));
    expect(text).toMatchInlineSnapshot(`
      "
      tocsin.yaml:1:11: found a \${…} reference; expected an IANA zone such as UTC or Europe/Berlin
         1 | timezone: '\${ZONE}'
           |           ^^^^^^^^^
      tocsin.yaml:3:37: unknown key "to"; expected url, kind, fallback, templates
         3 |   a: { kind: slack, url: '\${ZONE}', to: '\${ZONE}' }
           |                                     ^^
      "
    `);
    expect(text).not.toContain('hush');
  });

  test('listens beyond this machine only with a password', () => {
    for (const address of ['localhost:1', '127.0.0.1:1', '[::1]:1']) expect(listen(address)).toBe('nothing is wrong');
    for (const address of [':9465', '[::]:1', '10.0.0.1:1']) expect(listen(address)).toContain('lets others in');
    for (const address of ['9465', '127.0.0.1', '127.0.0.1:99999'])
      expect(listen(address)).toContain('expected host:port');
  });

  test('a digest goes to receivers that can show it', () => {
    expect(complaints(() => settings("digest: { at: '8:00', receivers: [inbox] }"))).toContain("such as '08:00'");
    expect(complaints(() => settings("digest: { at: '08:00', receivers: [inbox] }"))).toContain('shows no digest');
    expect(complaints(() => settings("digest: { at: '08:00', receivers: [nobody] }"))).toContain('unknown receiver');
    expect(complaints(() => settings("canary: { at: '08:00', receivers: [nobody] }"))).toContain('unknown receiver');
  });

  test('a canary with receivers of its own is looked at before every other route', () => {
    const { route, canary } = settings("canary: { at: '08:30', timezone: Asia/Tokyo, receivers: [inbox] }");
    expect(canary).toEqual({ minute: 510, every: 'daily', timezone: 'Asia/Tokyo' });
    expect(route.routes).toMatchObject([
      { receivers: ['inbox'], matchers: [{ name: 'canary', value: 'true' }], groupWait: 0 },
    ]);
  });

  test('errors carry their place', () => {
    expect(() => settings('a: 1\nb: 2\n')).toThrow(ConfigErrors);
    try {
      settings('packs: []\n  \nbogus: 2\n');
    } catch (error) {
      expect((error as ConfigErrors).errors).toMatchObject([
        { file: 'tocsin.yaml', line: 3, column: 1, name: 'ConfigError' },
      ]);
    }
  });
});
