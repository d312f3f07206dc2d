import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/loadConfig.ts';
import { CHECKS, runChecks } from '../../src/checks/runChecks.ts';
import * as notifiers from '../../src/notifiers/index.ts';
import { rules as loaded } from '../config/kinds.ts';
import { ASSETS, findingsIn, found, withRules } from './world.ts';

interface Row {
  readonly title: string;
  readonly rules: string;
  /** Beside those that every row has. */
  readonly sources?: string;
  /** What is found; empty for a rule that is right. */
  readonly says?: readonly string[];
}

/** A second reference that takes its prices from the same place as the first. */
const MIRROR = '  - { kind: defillama_price, id: mirror, asset: usdc, every: 1m }\n';
const POOL =
  "  - { kind: uniswap_v3_pool, id: pool, asset: xusd, chain: ethereum, quote: usdc, pool: '0x0000000000000000000000000000000000000001', every: 1m }\n";

const TABLE: Readonly<Record<string, readonly Row[]>> = {
  'compared-twice': [
    {
      title: 'levels over a comparison',
      rules: `
- alert: Twice
  expr: price_usd < 0.98
  levels: { warning: { below: $0.98 } }`,
      says: [
        'warning at < 0.98: With levels the expression yields the value and the levels compare it; "<" here drops the values that would tell how far away or recovered it is. Take the comparison out.',
      ],
    },
    {
      title: 'a comparison inside, or one that yields 0 and 1',
      rules: `
- alert: Once
  expr: max by (asset) (price_usd > 0)
  levels: { warning: { below: $0.98 } }`,
    },
  ],
  'duplicate-rule': [
    {
      title: 'two plain rules of one name and the same labels, and a record that stands there twice',
      rules: `
- alert: Fell
  expr: price_usd{asset="usdc"} < 0.98
- alert: Fell
  expr: price_usd{asset="usdc"} < 0.97
- record: asset:price
  expr: max by (asset) (price_usd)
- record: asset:price
  expr: max by (asset) (price_usd)`,
      says: [
        'warning at Fell: "Fell" with the same labels stands at rules/a.yaml:16 too, so both speak of the same alert. They are judged as one rule, by either expression and with this one\'s "for" and annotations. Give one another name or another label.',
        'warning at asset:price: "asset:price" with the same labels and expression is recorded at rules/a.yaml:18 already; this one only costs time. Remove one.',
      ],
    },
  ],
  'never-produced': [
    {
      title: 'a label value that no series has, with the nearest one',
      rules: `
- alert: Typo
  expr: price_usd{asset="xsud"}
  levels: { critical: { below: $0.98 } }`,
      says: [
        'error at price_usd{asset="xsud"}: No series of "price_usd" has asset="xsud"; did you mean "xusd"? A rule without its series judges nothing and never fires. Correct the selector, or add a source that yields it.',
      ],
    },
    {
      title: 'a known metric that no source yields; in a plain Prometheus rule as a warning',
      rules: `
- alert: Used
  expr: utilization_ratio > 0.95`,
      says: [
        'warning at utilization_ratio: No source yields "utilization_ratio", and no rule records it. A rule without its series judges nothing and never fires. Correct the selector, or add a source that yields it.',
      ],
    },
    {
      title: 'a label that a recording rule loses or never had',
      rules: `
- record: asset:price
  expr: max by (asset) (price_usd)
- alert: Lost
  expr: asset:price{chain="ethereum"} < 1
- alert: Other
  expr: asset:price{asset="dai"} < 1`,
      says: [
        'warning at asset:price{chain="ethereum"}: No series of "asset:price" has chain="ethereum". A rule without its series judges nothing and never fires. Correct the selector, or add a source that yields it.',
        'warning at asset:price{asset="dai"}: No series of "asset:price" has asset="dai". A rule without its series judges nothing and never fires. Correct the selector, or add a source that yields it.',
      ],
    },
    {
      title: 'labels that no series has together',
      rules: `
- alert: Both
  expr: price_usd{asset="xusd", upstream="coingecko"} < 1`,
      says: [
        'warning at price_usd{asset="xusd", upstream="coingecko"}: No series of "price_usd" has all these labels at once. A rule without its series judges nothing and never fires. Correct the selector, or add a source that yields it.',
      ],
    },
    {
      title: 'what sources, rules and Tocsin itself yield is produced',
      rules: `
- record: asset:premium_ratio
  expr: price_usd / on (asset) group_left () nav_per_share_usd - 1
- alert: Fine
  expr: asset:premium_ratio{asset="xusd"} < -0.5
- alert: Own
  expr: tocsin_chain_up{chain="ethereum"} == 0 or ALERTS{alertname="Fine"} == 1
- alert: Absent
  expr: absent(price_usd{asset="nothing"})`,
    },
  ],
  'unknown-metric': [
    {
      title: 'a metric that is in no list',
      rules: `
- alert: Plain
  expr: price_us > 1 and node_load1 > 2`,
      says: [
        'warning at price_us: Unknown metric "price_us"; did you mean "price_usd"? The rule sees nothing of it. Correct the name, or record it.',
        'warning at node_load1: Unknown metric "node_load1"; no source yields it and no rule records it. The rule sees nothing of it. Correct the name, or record it.',
      ],
    },
    { title: 'a recorded metric is known', rules: '\n- record: a:b\n  expr: price_usd\n- alert: A\n  expr: a:b > 1' },
  ],
  'window-too-long': [
    {
      title: 'range, offset and subquery add up',
      rules: `
- alert: Long
  expr: price_usd{asset="xusd"} / max_over_time(price_usd{asset="xusd"}[20d] offset 11d)
  levels: { warning: { below: 50% } }`,
      says: [
        'error at price_usd{asset="xusd"}[20d] offset 11d: This looks back 31d; samples are kept for 30d, so it never sees all it asks for. Use a shorter range or offset.',
      ],
    },
    { title: 'a month is kept', rules: '\n- alert: A\n  expr: max_over_time(price_usd[30d]) > 2' },
  ],
  'for-too-short': [
    {
      title: 'less than two polls of the slowest input, through recording rules',
      rules: `
- record: asset:supply_tokens
  expr: sum by (asset) (supply_tokens)
- alert: Jump
  expr: asset:supply_tokens
  levels: { warning: { above: 5, for: 6m }, critical: { above: 9, for: 10m } }`,
      says: [
        'warning at 6m: "for" of 6m is shorter than two polls of "xusd-erc20_supply-ethereum" (every 5m), so a single sample decides. Write 10m or more, or no "for" when one sample is enough.',
      ],
    },
    { title: 'no "for" is meant so', rules: '\n- alert: A\n  expr: supply_tokens > 5' },
  ],
  'level-order': [
    {
      title: 'a critical that is entered before its warning',
      rules: `
- alert: A
  expr: price_usd{asset="usdc"}
  levels: { warning: { below: $0.9 }, critical: { below: $0.95 } }`,
      says: [
        'error at $0.95: "critical" (below $0.95) is entered before "warning" (below $0.9). A higher level must be harder to reach. Swap the two thresholds.',
      ],
    },
    {
      title: 'equal thresholds that differ in how long',
      rules: `
- alert: A
  expr: price_usd{asset="usdc"}
  levels: { warning: { below: $0.9 }, critical: { below: $0.9, for: 1h } }`,
    },
  ],
  'never-crossed': [
    {
      title: 'a threshold beyond the sane range of the source',
      rules: `
- alert: A
  expr: price_usd{asset="xusd"}
  levels: { critical: { above: $200 } }`,
      says: [
        'error at $200: "above $200" can never hold: the expression yields 0.01 to 100. The alert stays silent for ever. Write a threshold inside that, or widen the "range" of its source.',
      ],
    },
    {
      title: 'what cannot be negative is not below zero',
      rules: '\n- alert: A\n  expr: sum(supply_tokens) * 2 < 0',
      says: [
        'warning at sum(supply_tokens) * 2 < 0: "< 0" can never hold: the expression yields 0 or more. The alert stays silent for ever. Write a threshold inside that, or widen the "range" of its source.',
      ],
    },
    {
      title: 'a difference can be',
      rules:
        '\n- alert: A\n  expr: supply_tokens - supply_tokens offset 1h < 0\n- alert: B\n  expr: supply_tokens == 5',
    },
  ],
  'never-clears': [
    {
      title: 'a "clear" that the value never comes back to',
      rules: `
- alert: A
  expr: price_usd{asset="xusd"}
  levels: { critical: { above: $50, clear: $0.001 } }`,
      says: [
        'error at $0.001: Once "above $50" fires nothing clears it: the expression yields 0.01 to 100. It would stay firing for ever. Write a "clear" (or a threshold) inside that.',
      ],
    },
    {
      title: 'a comparison that always holds',
      rules: '\n- alert: A\n  expr: supply_tokens >= 0',
      says: [
        'warning at supply_tokens >= 0: Once ">= 0" fires nothing clears it: the expression yields 0 or more. It would stay firing for ever. Write a "clear" (or a threshold) inside that.',
      ],
    },
    { title: 'a dead man’s switch is no comparison', rules: '\n- alert: Watchdog\n  expr: vector(1)' },
  ],
  'mixed-units': [
    {
      title: 'dollars and tokens',
      rules: `
- alert: Gap
  expr: price_usd - on (asset) supply_tokens > 3
- alert: Less
  expr: sum(supply_tokens) < sum(nav_per_share_usd)`,
      says: [
        'warning at price_usd - on (asset) supply_tokens: "-" subtracts US dollars and tokens; the result means nothing. Bring both sides to one unit first, for instance tokens times their price.',
        'warning at sum(supply_tokens) < sum(nav_per_share_usd): "<" compares tokens and US dollars; the result means nothing. Bring both sides to one unit first, for instance tokens times their price.',
      ],
    },
    {
      title: 'a ratio of different units, unless the name of what it records says that it is a price',
      rules: `
- record: asset:backing_ratio
  expr: nav_per_share_usd / on (asset) supply_tokens
- record: asset:worth_usd
  expr: nav_per_share_usd / on (asset) supply_tokens`,
      says: [
        'warning at nav_per_share_usd / on (asset) supply_tokens: "/" divides US dollars and tokens; the result means nothing. Bring both sides to one unit first, for instance tokens times their price.',
      ],
    },
    {
      title: 'a threshold of another unit than the expression, or of none',
      rules: `
- alert: A
  expr: max by (asset) (price_usd)
  levels: { warning: { below: -2% } }
- alert: B
  expr: price_usd / on (asset) group_left () nav_per_share_usd - 1
  levels: { warning: { below: -0.02 } }`,
      says: [
        'warning at -2%: The expression yields US dollars, but "-2%" has a ratio. Write it in dollars, as $0.98 or $68M.',
        'warning at -0.02: The expression yields a ratio, but "-0.02" has no unit. Write a share as % or bp, a multiple as x.',
      ],
    },
    {
      title: 'what goes together',
      rules: `
- alert: Premium
  expr: price_usd / on (asset) group_left () nav_per_share_usd - 1
  levels: { warning: { below: -0.5% } }
- alert: Peg
  expr: price_usd{asset="usdc"} - 1
  levels: { warning: { below: -0.5% } }
- alert: Value
  expr: sum by (asset) (supply_tokens) * on (asset) group_right () price_usd
  levels: { warning: { below: $1M } }
- alert: Age
  expr: time() - timestamp(price_usd) > 60
- alert: Share
  expr: price_usd * 2 > 3 or count(price_usd) < 2`,
    },
  ],
  'shared-upstream': [
    {
      title: 'a median that counts one upstream twice',
      sources: MIRROR,
      rules: `
- alert: Median
  expr: quantile by (asset) (0.5, price_usd) < 0.5`,
      says: [
        'warning at quantile by (asset) (0.5, price_usd): "quantile" counts "defillama" more than once for usdc: usdc-defillama_price, mirror are one voice. Aggregate by upstream first, as in max by (asset, upstream) (…), or select one of them.',
      ],
    },
    {
      title: 'a pool that is asked in two ways',
      sources: POOL,
      rules: '\n- alert: Two\n  expr: count by (asset) (price_usd{asset="xusd", venue="uniswap_v3"} < 1) >= 2',
      says: [
        'warning at count by (asset) (price_usd{asset="xusd", venue="uniswap_v3"} < 1): "count" counts "pool" more than once for xusd: pool (spot), pool (twap) are one voice. Aggregate by upstream first, as in max by (asset, upstream) (…), or select one of them.',
      ],
    },
    {
      title: 'one upstream, one vote',
      sources: MIRROR,
      rules: `
- alert: A
  expr: count by (asset) (max by (asset, upstream) (price_usd) < 0.98) >= 2
- alert: B
  expr: quantile by (asset, source) (0.5, price_usd) < 0.5
- alert: C
  expr: count(price_usd{asset="xusd"} < 0.98) >= 1 and count(tocsin_source_up == 0) > 3`,
    },
  ],
  'share-vs-par': [
    {
      title: 'every way to hold a share against one dollar',
      rules: `
- alert: Less
  expr: price_usd{asset="xusd"} < 0.98
- alert: Over
  expr: 1 - max(price_usd{asset="xusd"}) > 0.02
- alert: Ratio
  expr: price_usd / 1.00 - 1
  levels: { warning: { below: -2% } }
- alert: Level
  expr: price_usd{asset="xusd"}
  levels: { warning: { below: $0.98 } }`,
      says: [
        'warning at price_usd{asset="xusd"} < 0.98: "<" holds the price of xusd against 1.00 USD, but it is worth something else. Compare with nav_per_share_usd instead.',
        'warning at 1 - max(price_usd{asset="xusd"}): "-" holds the price of xusd against 1.00 USD, but it is worth something else. Compare with nav_per_share_usd instead.',
        'warning at price_usd / 1.00: "/" holds the price of xusd against 1.00 USD, but it is worth something else. Compare with nav_per_share_usd instead.',
        'warning at $0.98: "below $0.98" holds the price of xusd against 1.00 USD, but it is worth something else. Compare with nav_per_share_usd instead.',
      ],
    },
    {
      title: 'a dollar token, a share against its NAV, and a join that leaves shares out',
      rules: `
- alert: A
  expr: price_usd{asset="usdc"} < 0.98
- alert: B
  expr: price_usd{asset="xusd"} / on (asset) nav_per_share_usd - 1 < -0.02
- alert: C
  expr: (max by (asset) (price_usd) - 1) * on (asset) group_left () asset_info{peg="usd"} < -0.02`,
    },
  ],
  'no-runbook': [
    {
      title: 'an alert without a runbook, under either name',
      rules: `
- { alert: A, expr: price_usd < 1 }
- { alert: B, expr: price_usd < 1, annotations: { runbook: docs/B.md } }
- { alert: C, expr: price_usd < 1, annotations: { runbook_url: https://example.org/C } }`,
      says: [
        'warning at A: "A" has no runbook, so whoever is woken must find out alone what to do. Add annotations: { runbook: … }.',
      ],
    },
  ],
};

describe.each(Object.entries(TABLE))('%s', (id, rows) => {
  test.each(rows)('$title', ({ rules, sources = '', says = [] }) => {
    expect(found(id, rules, { sources })).toEqual(says);
  });
});

describe('no-test', () => {
  const rules = '- { alert: Seen, expr: price_usd < 1 }\n- { alert: Unseen, expr: price_usd < 2 }';

  test('an alert that no test speaks of', () => {
    expect(found('no-test', rules, { tested: new Set(['Seen']) })).toEqual([
      'warning at Unseen: No test speaks of "Unseen", so nobody has seen it fire. Write one beside the rule, in a file that ends in .test.yaml.',
    ]);
  });

  test('says nothing where tests are not looked for', () => {
    expect(found('no-test', rules)).toEqual([]);
  });
});

const telling = (route: string, receivers = "team: { kind: slack_webhook, url: '${URL}' }, inbox: { kind: inbox }") =>
  loadConfig({
    file: 'tocsin.yaml',
    text: `receivers: { ${receivers} }\n${route}`,
    env: { URL: 'https://hooks.slack.com/services/T/B/x' },
    readFile: () => '',
    notifiers,
    packs: [],
    exists: () => true,
  });

describe('no-route', () => {
  const rules = `
- alert: Peg
  expr: price_usd
  levels: { warning: { below: $0.99 }, critical: { below: $0.9 } }
- alert: Own
  expr: tocsin_chain_up == 0`;

  test('a level, and an asset, that only the inbox takes', () => {
    const route = `
route:
  receivers: [inbox]
  routes:
    - { matchers: ['asset="usdc"', 'severity="critical"'], receivers: [team] }`;
    expect(found('no-route', rules, { telling: telling(route) })).toEqual([
      'warning at Peg: "Peg" at warning for usdc goes to no receiver but the log or the inbox, so nobody is told. Add a route in tocsin.yaml, or a receiver such as slack_webhook to one.',
      'warning at Peg: "Peg" at critical for xusd goes to no receiver but the log or the inbox, so nobody is told. Add a route in tocsin.yaml, or a receiver such as slack_webhook to one.',
      'warning at Own: "Own" goes to no receiver but the log or the inbox, so nobody is told. Add a route in tocsin.yaml, or a receiver such as slack_webhook to one.',
    ]);
  });

  test('that nobody is told of anything is said once', () => {
    expect(found('no-route', rules, { telling: telling('', 'inbox: { kind: inbox }, log: { kind: log }') })).toEqual([
      'warning at Peg: No alert of this file is told to anybody: there is no receiver but the log and the inbox. Add one, such as slack_webhook, in tocsin.yaml.',
    ]);
  });

  test('someone is told by default', () => {
    expect(found('no-route', rules, { telling: telling('') })).toEqual([]);
  });

  test('says nothing without a configuration', () => {
    expect(found('no-route', rules)).toEqual([]);
  });
});

describe('max-age-too-short', () => {
  test('a source that one missed poll makes stale', () => {
    const text = `${ASSETS}  - { kind: erc20_supply, id: tight, asset: xusd, chain: ethereum, every: 1m, max_age: 90s }`;
    expect(findingsIn(text).map(({ id, line, column, message }) => ({ id, line, column, message }))).toEqual([
      {
        id: 'max-age-too-short',
        line: 11,
        column: 88,
        message:
          '"max_age" of 1m30s is shorter than two polls (every 1m), so one missed poll makes every rule on it unknown. Write 2m or more.',
      },
    ]);
  });
});

describe('a rule of a kind', () => {
  test('is judged by what it expands to, at the place of the rule, and says each thing once', () => {
    const rules = '- { alert: Fast, kind: price_velocity, with: { asset: usdc } }';
    const kind = readFileSync(new URL('../../rules/kinds/price_velocity.yaml', import.meta.url), 'utf8');
    const set = loaded({ 'kinds/price_velocity.yaml': kind, 'rules/a.yaml': withRules(rules) }).rules;
    const findings = runChecks({ rules: set, now: 0, tested: new Set() });
    expect(findings.map(({ id, severity, line }) => `${line} ${severity} ${id}`)).toEqual(['14 error never-produced']);
  });
});

describe('the registry', () => {
  test('every check has an id of its own', () => {
    const ids = CHECKS.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('every check but those of the configuration as a whole has a bad example here', () => {
    const elsewhere = ['max-age-too-short', 'no-route', 'no-test'];
    expect([...Object.keys(TABLE), ...elsewhere].sort()).toEqual(CHECKS.map(({ id }) => id).sort());
  });
});
