import { readdirSync, readFileSync } from 'node:fs';
import { ConfigErrors } from '../../src/config/error.ts';
import { loadConfig } from '../../src/config/loadConfig.ts';
import { loadRules } from '../../src/config/loadRules.ts';
import { readUnitTests } from '../../src/config/readUnitTests.ts';
import { goTemplateError } from '../../src/dispatch/go-template-error.ts';
import { runScript, ScriptError } from '../../src/promql/script/index.ts';
import { renderTemplate } from '../../src/dispatch/template.ts';
import type { Config } from '../../src/model/config.ts';
import * as notifiers from '../../src/notifiers/index.ts';
import { EvaluationError, evaluate, plan, PromqlError } from '../../src/promql/index.ts';
import { needsOf, Windows } from '../../src/series/index.ts';
import * as sources from '../../src/sources/index.ts';

/** Something that takes any text: it accepts it, or refuses it with an error of the expected kind. */
export interface Target {
  readonly name: string;
  /** Texts that are right, to be mutated. */
  readonly seeds: readonly string[];
  /** @throws what is not expected to be thrown. */
  readonly take: (text: string) => 'accepted' | 'refused';
}

const NOW = Date.UTC(2025, 10, 3);
const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const below = (folder: string) =>
  readdirSync(new URL(`../../${folder}/`, import.meta.url)).filter(
    (name) => name.endsWith('.yaml') && !name.includes('.test.'),
  );

const kinds = Object.fromEntries(below('rules/kinds').map((name) => [`kinds/${name}`, read(`rules/kinds/${name}`)]));
const ruleFiles = [
  ...below('rules/packs').map((name) => read(`rules/packs/${name}`)),
  read('rules/example.yaml'),
  ...Object.values(kinds),
];
/** All of them would only cost the same time again and again. */
const SOME_KINDS = Object.fromEntries(Object.entries(kinds).slice(0, 2));
const expressions = ruleFiles.flatMap((text) =>
  [...text.matchAll(/expr: ?['"]?([^|>\n]{4,}?)['"]?$/gm)].map(([, expr]) => expr!),
);
const templates = ruleFiles.flatMap((text) =>
  [...text.matchAll(/(?:summary|says): ?['"](.+)['"]$/gm)].map(([, template]) => template!),
);
const unitTests = ['attestation_age', 'backing_ratio'].map((name) => read(`rules/kinds/${name}.test.yaml`));
const lookup = { env: {}, readFile: () => 'secret' };
const config: Pick<Config, 'chains'> = { chains: {} };

function refusing(
  act: () => unknown,
  ...expected: readonly (new (...given: never[]) => Error)[]
): 'accepted' | 'refused' {
  try {
    act();
    return 'accepted';
  } catch (error) {
    if (expected.some((kind) => error instanceof kind)) return 'refused';
    throw error;
  }
}

function world(): Windows {
  const view = new Windows(needsOf([plan('{__name__=~".+"}')]));
  const names = ['price_usd', 'nav_per_share_usd', 'tvl_usd', 'tocsin_source_up'];
  view.apply({
    series: names.map((name, id) => ({ id, labels: { __name__: name, asset: 'xusd', source: name }, maxAge: 180_000 })),
    samples: names.flatMap((_, seriesId) =>
      Array.from({ length: 60 }, (__, i) => ({ seriesId, at: NOW - i * 60_000, value: i })),
    ),
  });
  return view;
}
const view = world();

export const TARGETS: readonly Target[] = [
  {
    name: 'expression',
    seeds: [
      ...new Set(expressions),
      'sum by (a) (rate(b[5m])) / on(a) group_left(c) d offset 1h > bool 2',
      'quantile_over_time(0.5, a{b=~"c|d"}[7d:1h]) @ end()',
    ],
    take: (text) => refusing(() => evaluate(plan(text), view, NOW), PromqlError, EvaluationError),
  },
  {
    name: 'rule file',
    seeds: ruleFiles,
    take: (text) =>
      refusing(
        () => loadRules({ files: { ...SOME_KINDS, 'rules/a.yaml': text }, config, sources, now: NOW, ...lookup }),
        ConfigErrors,
      ),
  },
  {
    name: 'tocsin.yaml',
    seeds: [read('demo/tocsin.yaml'), read('docker/config/tocsin.yaml')],
    take: (text) =>
      refusing(
        () =>
          loadConfig({ ...lookup, file: 'tocsin.yaml', text, notifiers, packs: ['stablecoins'], exists: () => true }),
        ConfigErrors,
      ),
  },
  {
    name: 'alertmanager.yml',
    seeds: [read('tests/fixtures/alertmanager.yml')],
    take: (text) =>
      refusing(
        () =>
          loadConfig({
            ...{ file: 'tocsin.yaml', text: 'alertmanager: am.yml', notifiers, packs: [], exists: () => true, env: {} },
            readFile: (path) => (path === 'am.yml' ? text : 'secret'),
          }),
        ConfigErrors,
      ),
  },
  {
    name: 'unit tests',
    seeds: unitTests,
    take: (text) =>
      refusing(
        () => readUnitTests({ file: 'a.test.yaml', text, sources, now: NOW, filesOf: () => SOME_KINDS }),
        ConfigErrors,
      ),
  },
  {
    name: 'prometheus script',
    seeds: [
      'load 1m\n  a{b="c"} 1+1x5 _ stale 3\n\neval range from 0 to 5m step 1m sum(a)\n  expect no_warn\n  {} 1 2 3 4 5 6\n',
    ],
    take: (text) => refusing(() => runScript(text.slice(0, 400)), ScriptError),
  },
  {
    name: 'go template check',
    seeds: [...templates, '{{ if gt $value 1.0 }}{{ $labels.asset }}{{ else }}{{ $value | humanize }}{{ end }}'],
    take: (text) => (goTemplateError(text) === undefined ? 'accepted' : 'refused'),
  },
  ...(['liquid', 'go'] as const).map((language) => ({
    name: `${language} template`,
    seeds: [...templates, '{{ if gt $value 1.0 }}{{ $labels.asset }}{{ else }}{{ $value | humanize }}{{ end }}'],
    take: (text: string) =>
      refusing(() =>
        renderTemplate(text, language, {
          labels: { asset: 'xusd' },
          value: 0.9,
          severity: 'warning',
          threshold: '-2%',
          asset: undefined,
        }),
      ),
  })),
];
