import { describe, expect, test } from 'vitest';
import type { AlertRule } from '../../src/model/rule.ts';
import { complaints, rules } from './kinds.ts';

const XUSD = `
assets:
  xusd:
    name: Stream xUSD
    issuer: stream
    peg: nav
    on: { ethereum: '0xE2Fc85BfB48C4cF147921fBE110cf92Ef9f26F94' }
`;

const alerts = (text: string, now = 0) =>
  rules(text, { now }).rules.groups.flatMap((group) => group.rules) as readonly AlertRule[];

/** A group with one rule that judges an expression by levels. */
const judged = (expr: string, levels: string) =>
  `groups: [{ name: g, rules: [{ alert: A, expr: '${expr}', levels: ${levels} }] }]`;

/** What a level is entered above, as a number. */
const threshold = (written: string) => {
  const known = 'rules: [{ record: a, expr: "1" }, { record: b, expr: "1" }, ';
  return alerts(judged('a / b', `{ info: { above: ${written} } }`).replace('rules: [', known)).at(-1)?.levels[0]?.above;
};

const age = (more: string) =>
  rules(`${XUSD}\nsources: [{ kind: defillama_price, asset: xusd, ${more} }]`).rules.sources[0]?.maxAge;

describe('loadRules', () => {
  test('reads one asset with everything about it from one file', () => {
    const { rules: set, warnings } = rules(`${XUSD}
sources:
  - { kind: erc4626, asset: xusd, chain: ethereum, every: 30s, range: [0.5, null] }
  - { kind: defillama_price, asset: xusd, id: llama, every: 1m }
exposures:
  - { holder: elixir-deusd, asset: xusd, amount: $68M, via: 'morpho:0x01', as_of: 2025-10-28 }
groups:
  - name: stream
    rules:
      - record: asset:premium_to_nav_ratio
        expr: price_usd / on(asset) group_left() nav_per_share_usd - 1
      - alert: BelowNav
        expr: asset:premium_to_nav_ratio{asset="xusd"}
        levels:
          warning:  { below: -0.5%, for: 30m, clear: -0.3% }
          critical: { below: -2%, for: 3m }
        keep_firing_for: 1h
        missing: drop
        annotations: { summary: '{{ asset.name }} trades {{ value | percent }} from NAV' }
`);
    expect(warnings).toEqual([]);
    expect(set.assets).toMatchInlineSnapshot(`
      {
        "xusd": {
          "id": "xusd",
          "issuer": "stream",
          "name": "Stream xUSD",
          "on": {
            "ethereum": "0xE2Fc85BfB48C4cF147921fBE110cf92Ef9f26F94",
          },
          "peg": "nav",
        },
      }
    `);
    expect(set.sources.map((source) => ({ ...source, made: undefined }))).toMatchInlineSnapshot(`
      [
        {
          "chain": "ethereum",
          "every": 30000,
          "id": "xusd-erc4626-ethereum",
          "kind": "erc4626",
          "labels": {
            "asset": "xusd",
            "chain": "ethereum",
            "source": "xusd-erc4626-ethereum",
          },
          "made": undefined,
          "maxAge": 90000,
          "range": {
            "min": 0.5,
          },
          "reads": "evm",
          "shares": false,
        },
        {
          "every": 60000,
          "id": "llama",
          "kind": "defillama_price",
          "labels": {
            "asset": "xusd",
            "source": "llama",
            "upstream": "defillama",
          },
          "made": undefined,
          "maxAge": 900000,
          "reads": "http",
          "shares": true,
        },
      ]
    `);
    expect(set.groups).toMatchInlineSnapshot(`
      [
        {
          "interval": 60000,
          "name": "stream",
          "rules": [
            {
              "expr": "price_usd / on(asset) group_left() nav_per_share_usd - 1",
              "labels": {},
              "position": {
                "column": 9,
                "file": "rules/a.yaml",
                "line": 17,
              },
              "record": "asset:premium_to_nav_ratio",
            },
            {
              "alert": "BelowNav",
              "annotations": {
                "summary": "{{ asset.name }} trades {{ value | percent }} from NAV",
              },
              "expr": "asset:premium_to_nav_ratio{asset="xusd"}",
              "for": 0,
              "keepFiringFor": 3600000,
              "labels": {},
              "levels": [
                {
                  "below": -0.005,
                  "clear": -0.003,
                  "for": 1800000,
                  "name": "warning",
                  "written": "-0.5%",
                },
                {
                  "below": -0.02,
                  "clear": -0.02,
                  "for": 180000,
                  "name": "critical",
                  "written": "-2%",
                },
              ],
              "missing": "drop",
              "position": {
                "column": 9,
                "file": "rules/a.yaml",
                "line": 19,
              },
              "templates": "liquid",
            },
          ],
        },
      ]
    `);
    const up = set.declared.filter(({ metric }) => metric === 'tocsin_source_up' || metric === 'asset_info');
    expect(up).toMatchInlineSnapshot(`
      [
        {
          "labels": {
            "kind": "erc4626",
            "source": "xusd-erc4626-ethereum",
          },
          "maxAge": 90000,
          "metric": "tocsin_source_up",
          "source": "xusd-erc4626-ethereum",
        },
        {
          "labels": {
            "kind": "defillama_price",
            "source": "llama",
          },
          "maxAge": 900000,
          "metric": "tocsin_source_up",
          "source": "llama",
        },
        {
          "labels": {
            "asset": "xusd",
            "issuer": "stream",
            "name": "Stream xUSD",
            "peg": "nav",
          },
          "maxAge": 3153600000000,
          "metric": "asset_info",
          "source": "assets",
        },
      ]
    `);
  });

  test('reads a Prometheus rule file unchanged', () => {
    const text = `
groups:
  - name: node
    interval: 30s
    limit: 10
    labels: { team: infra }
    rules:
      - alert: HighLoad
        expr: node_load1 > 5
        for: 0
        labels: { severity: page, tier: 1 }
        annotations: { summary: 'Load of {{ $labels.instance }} is {{ $value | humanize }}' }
`;
    const { rules: set, warnings } = rules(text);
    expect(set.groups).toMatchInlineSnapshot(`
      [
        {
          "interval": 30000,
          "name": "node",
          "rules": [
            {
              "alert": "HighLoad",
              "annotations": {
                "summary": "Load of {{ $labels.instance }} is {{ $value | humanize }}",
              },
              "expr": "node_load1 > 5",
              "for": 0,
              "keepFiringFor": 0,
              "labels": {
                "severity": "page",
                "team": "infra",
                "tier": "1",
              },
              "levels": [],
              "missing": "hold",
              "position": {
                "column": 9,
                "file": "rules/a.yaml",
                "line": 8,
              },
              "templates": "go",
            },
          ],
        },
      ]
    `);
    expect(`\n${warnings.join('\n')}\n`).toMatchInlineSnapshot(`
      "
      rules/a.yaml: group "node": limit and query_offset have no effect here.
      rules/a.yaml:9:15: unknown metric "node_load1"; no source yields it and no rule records it
         9 |         expr: node_load1 > 5
           |               ^^^^^^^^^^
      "
    `);
  });

  test('reads units', () => {
    const written = [
      '-0.3%',
      '50bp',
      '7bps',
      '3.5x',
      '$68M',
      '-$1.5k',
      '2B',
      '3h',
      '1h30m',
      '12_000',
      '1e3',
      '0.98',
      '-4',
    ];
    expect(written.map((text) => threshold(text))).toEqual([
      -0.003, 0.005, 0.0007, 3.5, 68e6, -1500, 2e9, 10_800, 5_400, 12_000, 1_000, 0.98, -4,
    ]);
  });

  test('a number that does not fit what it judges is refused with what to write', () => {
    const files = {
      'rules/a.yaml': judged('utilization_ratio', '{ critical: { above: 0.95 }, warning: { above: $1 } }'),
      'rules/b.yaml': judged('price_usd{asset="x"}', '{ critical: { below: 98% } }')
        .replace('A,', 'B,')
        .replace('g,', 'h,'),
      'rules/c.yaml': judged('max_over_time(leverage_ratio[1h])', '{ critical: { above: 4, clear: 5x } }')
        .replace('A,', 'C,')
        .replace('g,', 'i,'),
      'rules/d.yaml': judged('oracle_age_seconds', '{ critical: { above: 3 hours } }')
        .replace('A,', 'D,')
        .replace('g,', 'j,'),
      'rules/e.yaml': judged('supply_tokens', '{ critical: { above: 3h } }').replace('A,', 'E,').replace('g,', 'k,'),
    };
    expect(complaints(() => rules(files))).toMatchInlineSnapshot(`
      "
      rules/a.yaml:1:97: found "0.95"; a ratio needs a unit: write a share as % or bp, a multiple as x (95% or 0.95x)
         1 | groups: [{ name: g, rules: [{ alert: A, expr: 'utilization_ratio', levels: { critical: { above: 0.95 }, warning: { above: $1 } } }] }]
           |                                                                                                 ^^^^
      rules/a.yaml:1:123: found "$1"; a ratio needs a unit: write a share as % or bp, a multiple as x
         1 | groups: [{ name: g, rules: [{ alert: A, expr: 'utilization_ratio', levels: { critical: { above: 0.95 }, warning: { above: $1 } } }] }]
           |                                                                                                                           ^^
      rules/b.yaml:1:100: found "98%"; the value is in US dollars: write $0.98 or $68M
         1 | groups: [{ name: h, rules: [{ alert: B, expr: 'price_usd{asset="x"}', levels: { critical: { below: 98% } } }] }]
           |                                                                                                    ^^^
      rules/c.yaml:1:113: found "4"; a ratio needs a unit: write a share as % or bp, a multiple as x (400% or 4x)
         1 | groups: [{ name: i, rules: [{ alert: C, expr: 'max_over_time(leverage_ratio[1h])', levels: { critical: { above: 4, clear: 5x } } }] }]
           |                                                                                                                 ^
      rules/d.yaml:1:98: found "3 hours"; expected a number with its unit: -0.5%, 50bp, 3.5x, $68M, 3h, or a plain number
         1 | groups: [{ name: j, rules: [{ alert: D, expr: 'oracle_age_seconds', levels: { critical: { above: 3 hours } } }] }]
           |                                                                                                  ^^^^^^^
      rules/e.yaml:1:93: found "3h"; the value has no unit: write a plain number
         1 | groups: [{ name: k, rules: [{ alert: E, expr: 'supply_tokens', levels: { critical: { above: 3h } } }] }]
           |                                                                                             ^^
      "
    `);
  });

  test('a step is a distance in the unit of the value, past a level', () => {
    const [rule] = alerts(judged('price_usd', '{ critical: { below: $0.98 } }, step: $0.05'));
    expect(rule).toMatchObject({ step: { size: 0.05, written: '$0.05' } });
    const text = `
groups:
  - name: g
    rules:
      - { alert: A, expr: price_usd, step: 5%, levels: { critical: { below: $0.98 } } }
      - { alert: B, expr: price_usd, step: $0, levels: { critical: { below: $0.98 } } }
      - { alert: C, expr: price_usd < 1, step: $1 }
`;
    expect(complaints(() => rules(text))).toMatchInlineSnapshot(`
      "
      rules/a.yaml:5:44: found "5%"; the value is in US dollars: write $0.98 or $68M
         5 |       - { alert: A, expr: price_usd, step: 5%, levels: { critical: { below: $0.98 } } }
           |                                            ^^
      rules/a.yaml:6:44: found "$0"; a step is positive, whichever way is worse
         6 |       - { alert: B, expr: price_usd, step: $0, levels: { critical: { below: $0.98 } } }
           |                                            ^^
      rules/a.yaml:7:42: found "step" in a rule without levels; it counts from the threshold of a level
         7 |       - { alert: C, expr: price_usd < 1, step: $1 }
           |                                          ^^^^
      "
    `);
  });

  test('levels are checked as a whole', () => {
    const text = `
groups:
  - name: g
    rules:
      - alert: A
        expr: price_usd
        for: 5m
        labels: { severity: warning }
        levels:
          info: { for: 5m }
          warning: { above: $2, below: $1 }
          critical: { below: $0.98, clear: $0.97 }
      - { alert: B, expr: price_usd, levels: {} }
      - { alert: C, expr: price_usd, levels: { warn: { above: $2, clear: $3 } } }
      - { alert: D, expr: price_usd, levels: { info: { above: $2, clear: $3 } } }
`;
    expect(complaints(() => rules(text))).toMatchInlineSnapshot(`
      "
      rules/a.yaml:7:9: a rule with levels has no "for" of its own; write it into each level
         7 |         for: 5m
           |         ^^^
      rules/a.yaml:8:19: the level is the severity; remove this label
         8 |         labels: { severity: warning }
           |                   ^^^^^^^^
      rules/a.yaml:10:11: level "info" needs exactly one of above and below
        10 |           info: { for: 5m }
           |           ^^^^
      rules/a.yaml:11:11: level "warning" needs exactly one of above and below
        11 |           warning: { above: $2, below: $1 }
           |           ^^^^^^^
      rules/a.yaml:12:44: found "$0.97"; a level entered below $0.98 clears at or above it
        12 |           critical: { below: $0.98, clear: $0.97 }
           |                                            ^^^^^
      rules/a.yaml:13:38: levels is empty; expected info, warning or critical
        13 |       - { alert: B, expr: price_usd, levels: {} }
           |                                      ^^^^^^
      rules/a.yaml:14:48: unknown key "warn"; expected info, warning, critical
        14 |       - { alert: C, expr: price_usd, levels: { warn: { above: $2, clear: $3 } } }
           |                                                ^^^^
      rules/a.yaml:15:74: found "$3"; a level entered above $2 clears at or below it
        15 |       - { alert: D, expr: price_usd, levels: { info: { above: $2, clear: $3 } } }
           |                                                                          ^^
      "
    `);
  });

  test('names what is unknown, and the nearest word there is', () => {
    const text = `${XUSD}
sources:
  - { kind: erc4627, asset: xusd, chain: ethereum }
  - { kind: erc4626, asset: xsud, chain: etherium }
  - { kind: erc4626, asset: xusd, chain: arbitrum }
  - { kind: erc4626, asset: xusd, chain: solana, evry: 1m }
  - { kind: erc20_supply, chain: ethereum }
  - { kind: defillama_price, asset: xusd, every: 60, min_confidence: 2 }
  - asset: xusd
asets: {}
groups:
  - name: g
    rule: []
    rules:
      - { alert: A, expr: prize_usd, levels: { info: { above: 1 } } }
      - { alert: B, expr: price_usd > 1, missing: keep }
      - { alrt: C, expr: price_usd > 1 }
      - { alert: D, expr: price_usd > 1, kind: leverage }
`;
    expect(complaints(() => rules(text))).toMatchInlineSnapshot(`
      "
      rules/a.yaml:10:13: unknown source kind "erc4627"; did you mean "erc4626"?
        10 |   - { kind: erc4627, asset: xusd, chain: ethereum }
           |             ^^^^^^^
      rules/a.yaml:11:29: unknown asset "xsud"; did you mean "xusd"?
        11 |   - { kind: erc4626, asset: xsud, chain: etherium }
           |                             ^^^^
      rules/a.yaml:11:42: unknown chain "etherium"; did you mean "ethereum"?
        11 |   - { kind: erc4626, asset: xsud, chain: etherium }
           |                                          ^^^^^^^^
      rules/a.yaml:12:42: no RPC URL for chain "arbitrum"; add to tocsin.yaml: chains: { arbitrum: { rpc: [\${…}] } }
        12 |   - { kind: erc4626, asset: xusd, chain: arbitrum }
           |                                          ^^^^^^^^
      rules/a.yaml:13:42: found "solana", a solana chain; erc4626 reads a chain of kind evm
        13 |   - { kind: erc4626, asset: xusd, chain: solana, evry: 1m }
           |                                          ^^^^^^
      rules/a.yaml:13:50: unknown key "evry"; did you mean "every"?
        13 |   - { kind: erc4626, asset: xusd, chain: solana, evry: 1m }
           |                                                  ^^^^
      rules/a.yaml:14:5: missing key "asset"; erc20_supply needs it
        14 |   - { kind: erc20_supply, chain: ethereum }
           |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      rules/a.yaml:15:50: found "60"; expected a duration such as 30s, 5m, 1h30m or 7d
        15 |   - { kind: defillama_price, asset: xusd, every: 60, min_confidence: 2 }
           |                                                  ^^
      rules/a.yaml:15:70: found "2"; expected at most 1
        15 |   - { kind: defillama_price, asset: xusd, every: 60, min_confidence: 2 }
           |                                                                      ^
      rules/a.yaml:16:5: missing key "kind": expected a text
        16 |   - asset: xusd
           |     ^^^^^
      rules/a.yaml:17:1: unknown key "asets"; did you mean "assets"?
        17 | asets: {}
           | ^^^^^
      rules/a.yaml:20:5: unknown key "rule"; did you mean "rules"?
        20 |     rule: []
           |     ^^^^
      rules/a.yaml:22:27: unknown metric "prize_usd"; did you mean "price_usd"?
        22 |       - { alert: A, expr: prize_usd, levels: { info: { above: 1 } } }
           |                           ^^^^^^^^^
      rules/a.yaml:23:51: found "keep"; expected hold, drop
        23 |       - { alert: B, expr: price_usd > 1, missing: keep }
           |                                                   ^^^^
      rules/a.yaml:24:9: missing key "alert": expected a text
        24 |       - { alrt: C, expr: price_usd > 1 }
           |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      rules/a.yaml:24:11: unknown key "alrt"; did you mean "alert"?
        24 |       - { alrt: C, expr: price_usd > 1 }
           |           ^^^^
      rules/a.yaml:25:21: unknown key "expr"; expected alert, levels, keep_firing_for, step, missing, labels, annotations, disabled, kind, with
        25 |       - { alert: D, expr: price_usd > 1, kind: leverage }
           |                     ^^^^
      "
    `);
  });

  test('points at addresses and exposures that cannot be', () => {
    const text = `
assets:
  a: { on: { ethereum: 0x12, solana: '0xE2Fc85BfB48C4cF147921fBE110cf92Ef9f26F94', plasmma: '0x' }, peg: usdc }
  b:
exposures:
  - { holder: me, asset: c, amount: 5%, as_of: yesterday }
  - { holder: me, asset: c, amount: 5%, as_of: 2025-10-28 }
`;
    expect(complaints(() => rules(text))).toMatchInlineSnapshot(`
      "
      rules/a.yaml:3:24: found "18"; expected an address in quotes
         3 |   a: { on: { ethereum: 0x12, solana: '0xE2Fc85BfB48C4cF147921fBE110cf92Ef9f26F94', plasmma: '0x' }, peg: usdc }
           |                        ^^^^
      rules/a.yaml:3:38: found "0xE2Fc85BfB48C4cF147921fBE110cf92Ef9f26F94"; expected an address on solana: 32 to 44 base58 characters
         3 |   a: { on: { ethereum: 0x12, solana: '0xE2Fc85BfB48C4cF147921fBE110cf92Ef9f26F94', plasmma: '0x' }, peg: usdc }
           |                                      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      rules/a.yaml:3:84: unknown chain "plasmma"; did you mean "plasma"?
         3 |   a: { on: { ethereum: 0x12, solana: '0xE2Fc85BfB48C4cF147921fBE110cf92Ef9f26F94', plasmma: '0x' }, peg: usdc }
           |                                                                                    ^^^^^^^
      rules/a.yaml:3:106: found "usdc"; expected usd, eur, btc, eth, nav; did you mean "usd"?
         3 |   a: { on: { ethereum: 0x12, solana: '0xE2Fc85BfB48C4cF147921fBE110cf92Ef9f26F94', plasmma: '0x' }, peg: usdc }
           |                                                                                                          ^^^^
      rules/a.yaml:6:48: found "yesterday"; expected a date such as 2025-10-28
         6 |   - { holder: me, asset: c, amount: 5%, as_of: yesterday }
           |                                                ^^^^^^^^^
      rules/a.yaml:7:26: unknown asset "c"; did you mean "a"?
         7 |   - { holder: me, asset: c, amount: 5%, as_of: 2025-10-28 }
           |                          ^
      rules/a.yaml:7:37: found "5%"; expected an amount such as $68M
         7 |   - { holder: me, asset: c, amount: 5%, as_of: 2025-10-28 }
           |                                     ^^
      "
    `);
  });

  test('says where the first of two equals stands', () => {
    const one = `${XUSD}
sources: [{ kind: defillama_price, id: p, asset: xusd }]
groups: [{ name: g, rules: [{ alert: A, expr: price_usd > 1, labels: { b: x, a: y } }, { alert: A, expr: price_usd > 2 }] }]
`;
    const two = one
      .replace(/name: .*/u, 'name: another xUSD')
      .replace('b: x, a: y', 'a: y, b: x')
      .replace('expr: price_usd > 1', 'expr: price_usd, levels: { info: { above: $1 } }')
      .replace('{ alert: A, expr: price_usd > 2 }', '')
      .replace(/^groups: \[(.*)\]$/m, 'groups: [$1, { name: g }]');
    expect(complaints(() => rules({ 'rules/1.yaml': one, 'rules/2.yaml': two }))).toMatchInlineSnapshot(`
      "
      rules/2.yaml:3:3: duplicate asset "xusd"; the first is at rules/1.yaml:4
         3 |   xusd:
           |   ^^^^
      rules/2.yaml:9:36: duplicate source id "p"; the first is at rules/1.yaml:9
         9 | sources: [{ kind: defillama_price, id: p, asset: xusd }]
           |                                    ^^
      rules/2.yaml:10:31: duplicate alert "A"; the first is at rules/1.yaml:10
        10 | groups: [{ name: g, rules: [{ alert: A, expr: price_usd, levels: { info: { above: $1 } }, labels: { a: y, b: x } }, ] }, { name: g }]
           |                               ^^^^^
      rules/2.yaml:10:124: duplicate group "g"; the first is at rules/2.yaml:10
        10 | groups: [{ name: g, rules: [{ alert: A, expr: price_usd, levels: { info: { above: $1 } }, labels: { a: y, b: x } }, ] }, { name: g }]
           |                                                                                                                            ^^^^
      "
    `);
  });

  test('two files may say the very same of an asset, as packs do', () => {
    const { assets } = rules({ 'rules/1.yaml': XUSD, 'rules/2.yaml': XUSD }).rules;
    expect(Object.keys(assets)).toEqual(['xusd']);
  });

  test('points into expressions, however they are written', () => {
    const text = `
groups:
  - name: g
    rules:
      - { alert: Plain, expr: sum(price_usd }
      - { alert: Single, expr: 'price_usd{asset=''x''} >> 1' }
      - { alert: Double, expr: "price_usd{asset=\\"x\\"} >> 1" }
      - alert: Literal
        expr: |
          price_usd
            > bool bool 1
      - alert: Folded
        expr: >-
          price_usd{asset="x"}

          / on(asset) nav_per_share_usd
          >> 1
      - alert: Spread
        expr: price_usd
          >> 1
      - { alert: Unknown, levels: { info: { above: 1 } }, expr: "price_usd{asset=\\"x\\"} / nav_per_shore_usd" }
`;
    expect(complaints(() => rules(text))).toMatchInlineSnapshot(`
      "
      rules/a.yaml:5:43: The expression ends too early. An operand or a closing bracket is missing.
         5 |       - { alert: Plain, expr: sum(price_usd }
           |                                           ^
      rules/a.yaml:6:57: ">" is not expected here. Check the expression before it.
         6 |       - { alert: Single, expr: 'price_usd{asset=''x''} >> 1' }
           |                                                         ^
      rules/a.yaml:7:57: ">" is not expected here. Check the expression before it.
         7 |       - { alert: Double, expr: "price_usd{asset=\\"x\\"} >> 1" }
           |                                                         ^
      rules/a.yaml:11:20: "bool" is not expected here. Check the expression before it.
        11 |             > bool bool 1
           |                    ^^^^
      rules/a.yaml:17:12: ">" is not expected here. Check the expression before it.
        17 |           >> 1
           |            ^
      rules/a.yaml:20:12: ">" is not expected here. Check the expression before it.
        20 |           >> 1
           |            ^
      rules/a.yaml:21:91: unknown metric "nav_per_shore_usd"; did you mean "nav_per_share_usd"?
        21 |       - { alert: Unknown, levels: { info: { above: 1 } }, expr: "price_usd{asset=\\"x\\"} / nav_per_shore_usd" }
           |                                                                                           ^^^^^^^^^^^^^^^^^
      "
    `);
  });

  test('reports every file, the malformed ones too', () => {
    const files = {
      'rules/a.yaml': 'groups: [\n',
      'rules/b.yaml': 'bogus: 1\n',
      'rules/c.yaml': '',
      'rules/d.yaml': 'groups: 5\n',
    };
    expect(complaints(() => rules(files))).toMatchInlineSnapshot(`
      "
      rules/a.yaml:2:1: Flow sequence in block collection must be sufficiently indented and end with a ]
         2 | 
           | ^
      rules/b.yaml:1:1: unknown key "bogus"; expected assets, sources, exposures, groups
         1 | bogus: 1
           | ^^^^^
      rules/d.yaml:1:9: found "5"; expected a list
         1 | groups: 5
           |         ^
      "
    `);
  });

  test('secrets of sources come by reference; elsewhere ${} is only text', () => {
    const text = `${XUSD}
sources:
  - { kind: coingecko_price, asset: xusd, id: x, api_key: '\${KEY}' }
groups: [{ name: g, rules: [{ alert: A, expr: price_usd > 1, annotations: { summary: 'costs \${KEY}' } }] }]
`;
    const { rules: set } = rules(text, { env: { KEY: 'hush' } });
    expect(set.groups[0]?.rules[0]).toMatchObject({ annotations: { summary: 'costs ${KEY}' } });
    expect(JSON.stringify(set)).not.toContain('hush');
    expect(complaints(() => rules(text.replace("'${KEY}'", 'hush')))).toMatchInlineSnapshot(`
      "
      rules/a.yaml:10:59: a secret must be written as \${NAME} or \${FILE:/path}, never in the file itself
        10 |   - { kind: coingecko_price, asset: xusd, id: x, api_key: **** }
           |                                                           ^^^^
      "
    `);
  });

  test("a kind's own id is not the id of the source", () => {
    const text = `${XUSD}
sources:
  - { kind: coingecko_price, asset: xusd, id: same }
  - { kind: coingecko_price, asset: xusd, id: same }
`;
    expect(rules(text).rules.sources.map(({ id }) => id)).toEqual(['xusd-coingecko_price', 'xusd-coingecko_price-2']);
  });

  test('max_age is three polls, or the pace of the origin, or as written', () => {
    expect([age('every: 1m'), age('every: 1h'), age('every: 1m, max_age: 5m')]).toEqual([900_000, 10_800_000, 300_000]);
    expect(complaints(() => age('every: 1h, max_age: 5m'))).toMatchInlineSnapshot(`
      "
      rules/a.yaml:9:69: found "5m"; what is read every 1h would go stale in between, expected 1h or more
         9 | sources: [{ kind: defillama_price, asset: xusd, every: 1h, max_age: 5m }]
           |                                                                     ^^
      "
    `);
  });

  test('no clock is finer than a second; a group is judged every second at most, and as by default when it says 0', () => {
    expect(complaints(() => age('every: 500ms'))).toContain('found "500ms"; expected 1s or more');
    const intervals = ['500ms', '0s', '', '5m'].map(
      (written) => rules(`groups: [{ name: g, interval: ${written} }]`).rules.groups[0]!.interval,
    );
    expect(intervals).toEqual([1_000, 60_000, 60_000, 300_000]);
  });

  test('what is text keeps the form in which it is written', () => {
    const { groups } = rules(`groups:
  - name: 5
    rules:
      - { alert: 1e3, expr: 5, labels: { a: 1.50, b: 0x10, c: ~, d: yes, e: 2020-01-01 }, annotations: { f: 010 } }
`).rules;
    expect(groups[0]).toMatchObject({
      name: '5',
      rules: [
        {
          alert: '1e3',
          expr: '5',
          labels: { a: '1.50', b: '0x10', c: '', d: 'yes', e: '2020-01-01' },
          annotations: { f: '010' },
        },
      ],
    });
  });

  test('what is there and says nothing is not there', () => {
    const { groups } = rules(`groups:
  -
  - name: g
    limit:
    rules:
      -
      - { record: a, alert: "", expr: up, labels: , for: 0s, annotations: {} }
      - { record: , alert: A, expr: up, for: , annotations: }
`).rules;
    expect(groups[0]!.rules).toMatchObject([{ record: 'a' }, { alert: 'A', for: 0 }]);
  });

  test('the end of a document that has not begun is refused, as Prometheus does', () => {
    for (const text of ['\n...\n', '...', '# nothing\n...\n'])
      expect(complaints(() => rules(text))).toContain('"..." ends a document that has not begun');
    for (const text of ['---\n...\n', 'groups: []\n...\n', '']) expect(() => rules(text)).not.toThrow();
  });

  test('names may be any text, in a record and in labels', () => {
    const { groups } = rules(
      `groups: [{ name: g, rules: [{ record: tvl.§, expr: '{"a.b"}', labels: { "c d": e } }] }]`,
    ).rules;
    expect(groups[0]!.rules[0]).toMatchObject({ record: 'tvl.§', labels: { 'c d': 'e' } });
    expect(complaints(() => rules('groups: [{ name: g, rules: [{ record: "", expr: up, labels: { __name__: e } }] }]')))
      .toMatchInlineSnapshot(`
      "
      rules/a.yaml:1:39: found ""; expected a metric name: a text that is not empty
         1 | groups: [{ name: g, rules: [{ record: "", expr: up, labels: { __name__: e } }] }]
           |                                       ^^
      rules/a.yaml:1:63: expected the name of a label: a text that is neither empty nor __name__
         1 | groups: [{ name: g, rules: [{ record: "", expr: up, labels: { __name__: e } }] }]
           |                                                               ^^^^^^^^
      "
    `);
  });

  test('a Go template that Prometheus cannot parse is refused at its place', () => {
    expect(
      complaints(() =>
        rules(`groups:
  - name: g
    rules:
      - alert: A
        expr: up == 0
        labels: { a: "{{ $labels.x" }
        annotations: { b: "{{ $value | humanise }}" }
`),
      ),
    ).toMatchInlineSnapshot(`
      "
      rules/a.yaml:6:34: The template has "{{" without "}}". Close it.
         6 |         labels: { a: "{{ $labels.x" }
           |                                  ^
      rules/a.yaml:7:40: The template has no function "humanise". Did you mean "humanize"?
         7 |         annotations: { b: "{{ $value | humanise }}" }
           |                                        ^^^^^^^^
      "
    `);
  });

  test('a Liquid template with an unknown filter or an open block is refused', () => {
    expect(withSummary('{{ value | percnt }}')).toContain('the template cannot be read: undefined filter: percnt');
    expect(withSummary('{% if value %}x')).toContain('the template cannot be read: tag {% if value %} not closed');
  });

  test('of a line of YAML the first mistake is told, with what to do about an expression', () => {
    const text = 'groups:\n  - name: g\n    rules:\n      - { alert: A, expr: up{job="a"} == 0 }\n';
    const found = complaints(() => rules(text));
    expect(found.match(/rules\/a.yaml/g)).toHaveLength(1);
    expect(found).toContain("put the expression in single quotes: expr: '…'");
  });

  test('groups of one name stand in two files, and keep apart', () => {
    const one = 'groups: [{ name: g, rules: [{ record: a, expr: up }] }]';
    const { groups } = rules({ 'rules/1.yaml': one, 'rules/2.yaml': one }).rules;
    expect(groups.map(({ name }) => name)).toEqual(['g', 'g (rules/2.yaml)']);
  });

  test('of a long line only the part around the place is shown', () => {
    const expr = `${Array.from({ length: 40 }, () => 'price_usd').join(' + ')} >> 1`;
    expect(complaints(() => rules(`groups: [{ name: g, rules: [{ alert: A, expr: ${expr} }] }]`)))
      .toMatchInlineSnapshot(`
      "
      rules/a.yaml:1:526: ">" is not expected here. Check the expression before it.
         1 | e_usd + price_usd + price_usd + price_usd + price_usd + price_usd + price_usd >> 1 }] }]
           |                                                                                ^
      "
    `);
  });

  test('thousands of mistakes on one line of a generated file are told within seconds', () => {
    const wrong = Array.from({ length: 4000 }, (_, n) => ({
      alert: `A${n}`,
      expr: `price_usd{asset="a${n}"} < 1`,
      fro: '1m',
    }));
    const text = JSON.stringify({ groups: [{ name: 'g', rules: wrong }] });
    expect(complaints(() => rules(text)).match(/unknown key "fro"/g)).toHaveLength(4000);
  });

  test('a rule is off only until its date', () => {
    const text =
      'groups: [{ name: g, rules: [{ alert: A, expr: price_usd > 1, disabled: { until: 2025-12-01, reason: r, by: me } }] }]';
    expect(alerts(text, Date.parse('2025-11-30T23:59:59Z'))).toEqual([]);
    expect(alerts(text, Date.parse('2025-12-01'))).toMatchObject([{ alert: 'A' }]);
    expect(complaints(() => rules(text.replace('2025-12-01', 'soon').replace(', by: me', '')))).toMatchInlineSnapshot(`
      "
      rules/a.yaml:1:72: missing key "by": expected a text
         1 | groups: [{ name: g, rules: [{ alert: A, expr: price_usd > 1, disabled: { until: soon, reason: r } }] }]
           |                                                                        ^^^^^^^^^^^^^^^^^^^^^^^^^^
      rules/a.yaml:1:81: found "soon"; expected a date such as 2025-12-01 or 2025-12-01T09:00:00Z
         1 | groups: [{ name: g, rules: [{ alert: A, expr: price_usd > 1, disabled: { until: soon, reason: r } }] }]
           |                                                                                 ^^^^
      "
    `);
  });
});

function withSummary(summary: string): string {
  return complaints(() =>
    rules(`groups: [{ name: g, rules: [{ alert: A, expr: up == 0, annotations: { summary: "${summary}" } }] }]`),
  );
}
