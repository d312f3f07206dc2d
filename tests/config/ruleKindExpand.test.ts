import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConfigErrors } from '../../src/config/error.ts';
import { NAME } from '../../src/model/labels.ts';
import type { AlertRule } from '../../src/model/rule.ts';
import { plan } from '../../src/promql/index.ts';
import { complaints, rules } from './kinds.ts';

const KIND = `kind: below
title: Below
says: '{{ asset.name }} is {{ value | percent }} away'
timing: leading
because: It is a test.
blind: [everything else]
origin: Written for a test.
parameters:
  asset: { type: asset, about: the share }
  prices: { type: selector, default: 'method="spot"', about: which of its prices }
  window: { type: duration, default: 1h, about: how far it looks back }
  rate: { type: metric, default: nav_per_share_usd, about: what it is held against }
  by: { type: label, default: asset, about: what both share }
  least: { type: ratio, default: 1%, about: what counts }
expr: |
  (max by (\${by}) (max_over_time(price_usd{asset=~\${asset}, \${prices}}[\${window}]))
    / on (\${by}) max by (\${by}) (\${rate}{asset=~\${asset}}) - 1) / \${least}
unit: ratio
levels:
  warning: { below: -0.5%, for: 5m }
keep_firing_for: 1h
runbook: docs/runbooks/Below.md
`;

const using = (rule: string, kind = KIND) => ({
  'kinds/below.yaml': kind,
  'rules/a.yaml': `assets: { xusd: { issuer: stream }, x.y: {} }
groups:
  - name: g
    rules:
      - ${rule}
`,
});

function expanded(rule: string): AlertRule {
  return rules(using(rule)).rules.groups[0]!.rules[0] as AlertRule;
}

const wrong = (rule: string, kind?: string) => complaints(() => rules(using(rule, kind)));
const exprOf = (given: object) => expanded(`{ alert: A, kind: below, with: ${JSON.stringify(given)} }`).expr;

function tryExpr(given: object): string | undefined {
  try {
    return exprOf(given);
  } catch (error) {
    if (error instanceof ConfigErrors) return undefined;
    throw error;
  }
}

/** What an expression asks for: its metrics, ranges and offsets, and whether it keeps to the asset. */
const shape = (expr: string) =>
  plan(expr).leaves.map(({ matchers, range, offset }) => [
    matchers.find(({ name }) => name === NAME)?.value,
    range > 0,
    offset,
    matchers.some(({ name, value }) => name === 'asset' && value === 'xusd'),
  ]);

describe('a rule of a kind', () => {
  test('takes from the kind what it does not write', () => {
    expect(expanded('{ alert: A, kind: below, with: { asset: xusd } }')).toMatchObject({
      levels: [{ name: 'warning', below: -0.005, for: 300_000 }],
      keepFiringFor: 3_600_000,
      missing: 'hold',
      annotations: { summary: '{{ asset.name }} is {{ value | percent }} away', runbook: 'docs/runbooks/Below.md' },
      templates: 'liquid',
      position: { file: 'rules/a.yaml', line: 5 },
      kind: { name: 'below', title: 'Below', timing: 'leading', with: { asset: '"xusd"', window: '1h' } },
    });
  });

  test('writes its own levels all at once, and its own words one by one', () => {
    const rule = expanded(
      '{ alert: A, kind: below, with: { asset: xusd }, levels: { critical: { below: -2% } }, annotations: { summary: mine }, missing: drop, keep_firing_for: 0 }',
    );
    expect(rule).toMatchObject({
      levels: [{ name: 'critical', below: -0.02 }],
      annotations: { summary: 'mine', runbook: 'docs/runbooks/Below.md' },
      missing: 'drop',
      keepFiringFor: 0,
    });
  });

  test('prints values as PromQL', () => {
    const given = { asset: ['xusd', 'x.y'], prices: ` venue=~'a|b' , `, window: '90m', rate: 'oracle_price_usd' };
    expect(exprOf(given))
      .toBe(String.raw`(max by (asset) (max_over_time(price_usd{asset=~"xusd|x\\.y", venue=~"a|b"}[1h30m]))
  / on (asset) max by (asset) (oracle_price_usd{asset=~"xusd|x\\.y"}) - 1) / 0.01`);
    expect(exprOf({ asset: 'xusd', prices: '', least: '-50bp' })).toContain('price_usd{asset=~"xusd"}[1h]');
    expect(exprOf({ asset: 'xusd', least: '-50bp' })).toMatch(/\/ \(-0\.005\)$/);
  });

  test('is refused with its own line and with the line of the kind', () => {
    expect(wrong('{ alert: A, kind: belov, with: { asset: xusd } }')).toContain(
      'unknown kind "belov"; did you mean "below"?',
    );
    expect(wrong('{ alert: A, kind: below, with: { asset: xsud, windov: 1d } }')).toMatchInlineSnapshot(`
      "
      rules/a.yaml:5:49: unknown asset "xsud"; did you mean "xusd"?
         5 |       - { alert: A, kind: below, with: { asset: xsud, windov: 1d } }
           |                                                 ^^^^
      kinds/below.yaml:9:3: asset is the share
         9 |   asset: { type: asset, about: the share }
           |   ^^^^^
      rules/a.yaml:5:55: unknown parameter of below "windov"; did you mean "window"?
         5 |       - { alert: A, kind: below, with: { asset: xsud, windov: 1d } }
           |                                                       ^^^^^^
      "
    `);
    expect(wrong('{ alert: A, kind: below }')).toMatchInlineSnapshot(`
      "
      rules/a.yaml:5:27: missing parameter "asset"; write it as with: { asset: … }
         5 |       - { alert: A, kind: below }
           |                           ^^^^^
      kinds/below.yaml:9:3: asset is the share
         9 |   asset: { type: asset, about: the share }
           |   ^^^^^
      "
    `);
    expect(
      wrong('{ alert: A, kind: below, with: { asset: xusd, window: 2h } }', KIND.replace('[${window}]', '${window}')),
    ).toMatchInlineSnapshot(`
      "
      rules/a.yaml:5:63: "2h" is not expected here. Check the expression before it.
         5 |       - { alert: A, kind: below, with: { asset: xusd, window: 2h } }
           |                                                               ^^
      kinds/below.yaml:16:71: here, where kind below is expanded
        16 |   (max by (\${by}) (max_over_time(price_usd{asset=~\${asset}, \${prices}}\${window}))
           |                                                                       ^^^^^^^^^
      "
    `);
    expect(wrong('{ alert: A, kind: below, with: { asset: xusd } }', KIND.replace('- 1)', '- )')))
      .toMatchInlineSnapshot(`
      "
      rules/a.yaml:5:27: ")" is not expected here. Check the expression before it.
         5 |       - { alert: A, kind: below, with: { asset: xusd } }
           |                           ^^^^^
      kinds/below.yaml:17:62: here, where kind below is expanded
        17 |     / on (\${by}) max by (\${by}) (\${rate}{asset=~\${asset}}) - ) / \${least}
           |                                                              ^
      "
    `);
  });

  test.each([
    ['window', '0s'],
    ['window', '1h] or vector(1) or price_usd[1h'],
    ['window', 60],
    ['rate', 'prize_usd'],
    ['rate', 'price_usd or nav_per_share_usd'],
    ['by', 'asset) (vector(1)) or max by (asset'],
    ['least', 0.01],
    ['least', '$1'],
    ['least', '2x'],
    ['least', '1% or vector(1)'],
    ['prices', 'method="spot"} or vector(1) or price_usd{method="spot"'],
    ['prices', '__name__="oracle_price_usd"'],
    ['prices', 'method="spot"}[1h] offset 1d #'],
    ['prices', 'method'],
    ['prices', 'method=~"("'],
    ['asset', '.*'],
    ['asset', []],
    ['asset', 'xusd"} or vector(1)'],
  ])('refuses %s: %j', (name, value) => {
    const said = wrong(`{ alert: A, kind: below, with: ${JSON.stringify({ asset: 'xusd', [name]: value })} }`);
    expect(said).toMatch(/^\nrules\/a\.yaml:5:\d+: (?:found|unknown) .*\nkinds\/below\.yaml:\d+:3: /s);
  });

  test('levels in another unit are refused', () => {
    expect(wrong('{ alert: A, kind: below, with: { asset: xusd }, levels: { info: { below: -2 } } }')).toContain(
      'write a share as % or bp',
    );
  });

  test('no value, whatever its text, adds anything to the expression', () => {
    const whole = shape(exprOf({ asset: 'xusd' }));
    const piece = fc.constantFrom(
      'method',
      '=',
      '=~',
      '!=',
      '"',
      "'",
      '`',
      '\\',
      '}',
      '{',
      ')',
      '(',
      ' or ',
      '#',
      '\n',
      ',',
      '${asset}',
      '1h',
      'a',
    );
    const value = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(piece, { maxLength: 12 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(fc.constantFrom('prices', 'window', 'by', 'least'), value, (name, text) => {
        const made = tryExpr({ asset: 'xusd', [name]: text });
        if (made !== undefined) expect(shape(made)).toEqual(whole);
      }),
      { numRuns: 100 },
    );
  });
});

describe('a file that defines a kind', () => {
  test('is checked like any other', () => {
    const kind = KIND.replace('type: metric', 'type: metrik').replace('because', 'becuase').replace('-0.5%', '-0.5');
    expect(wrong('{ alert: A, expr: price_usd > 1 }', kind)).toMatchInlineSnapshot(`
      "
      kinds/below.yaml:1:1: missing key "because": expected a text
         1 | kind: below
           | ^^^^
      kinds/below.yaml:5:1: unknown key "becuase"; did you mean "because"?
         5 | becuase: It is a test.
           | ^^^^^^^
      kinds/below.yaml:12:17: found "metrik"; expected asset, issuer, label, selector, metric, duration, ratio, money, multiple, number; did you mean "metric"?
        12 |   rate: { type: metrik, default: nav_per_share_usd, about: what it is held against }
           |                 ^^^^^^
      "
    `);
  });

  test('has no parameter that is not used, and uses none that it does not have', () => {
    const kind = KIND.replace('${by}', '${bi}')
      .replaceAll('${least}', '1')
      .replace('asset=~${asset}, ', 'asset=${asset}, ');
    expect(wrong('{ alert: A, expr: price_usd > 1 }', kind)).toMatchInlineSnapshot(`
      "
      kinds/below.yaml:14:3: "least" is not used in expr
        14 |   least: { type: ratio, default: 1%, about: what counts }
           |   ^^^^^
      kinds/below.yaml:16:12: unknown parameter "bi"; did you mean "by"?
        16 |   (max by (\${bi}) (max_over_time(price_usd{asset=\${asset}, \${prices}}[\${window}]))
           |            ^^^^^
      kinds/below.yaml:16:50: "asset" may be a list of assets; expected =~ before it
        16 |   (max by (\${bi}) (max_over_time(price_usd{asset=\${asset}, \${prices}}[\${window}]))
           |                                                  ^^^^^^^^
      "
    `);
  });

  test("may be the user's own, but not twice", () => {
    const files = { ...using('{ alert: A, kind: below, with: { asset: xusd } }'), 'rules/below.yaml': KIND };
    expect(complaints(() => rules(files))).toContain('duplicate kind "below"; the first is at kinds/below.yaml:1');
  });
});
