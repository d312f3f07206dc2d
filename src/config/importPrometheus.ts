import { isMap, isSeq, type YAMLMap } from 'yaml';
import { labelsKey } from '../model/labels.ts';
import type { Labels } from '../model/labels.ts';
import { METRICS } from '../model/metric.ts';
import { LEVELS } from '../model/rule.ts';
import { plan, PromqlError } from '../promql/index.ts';
import { analyse } from './analyse.ts';
import { ConfigErrors } from './error.ts';
import { unitOf, type Unit } from './threshold.ts';
import { YamlFile } from './yamlFile.ts';

export interface Imported {
  readonly text: string;
  /** What was changed, one sentence each. */
  readonly done: readonly string[];
}

/**
 * Turns a Prometheus rule file into one of ours. Plain rules stay as they are, comments included; alerts of one group that differ in
 * nothing but a literal threshold, `for` and the severity become one rule with levels. @throws {ConfigErrors} when it is not YAML
 */
export function importPrometheus(file: string, text: string): Imported {
  const yaml = new YamlFile(file, text);
  if (yaml.errors.length > 0) throw new ConfigErrors(yaml.errors);
  const groups = yaml.document.get('groups');
  const done: string[] = [];
  for (const group of isSeq(groups) ? groups.items : []) if (isMap(group)) done.push(...mergeLevels(group));
  const header = `# yaml-language-server: $schema=../schema/rules.json\n# Imported from ${file}.\n`;
  return { text: header + (done.length === 0 ? text : yaml.document.toString({ lineWidth: 0 })), done };
}

interface Candidate {
  readonly node: YAMLMap;
  readonly name: string;
  readonly severity: string;
  readonly left: string;
  readonly side: 'above' | 'below';
  readonly threshold: string;
  readonly wait: unknown;
  /** Equal for alerts that may become levels of one rule. */
  readonly key: string;
}

function mergeLevels(group: YAMLMap): readonly string[] {
  const rules = group.get('rules');
  if (!isSeq(rules)) return [];
  const byKey = new Map<string, Candidate[]>();
  for (const node of rules.items) {
    const candidate = isMap(node) ? candidateOf(node) : undefined;
    if (candidate !== undefined) byKey.set(candidate.key, [...(byKey.get(candidate.key) ?? []), candidate]);
  }
  const done: string[] = [];
  for (const candidates of byKey.values()) {
    const severities = new Set(candidates.map(({ severity }) => severity));
    if (candidates.length < 2 || severities.size < candidates.length) continue;
    merge(candidates);
    const rest = new Set<unknown>(candidates.slice(1).map(({ node }) => node));
    rules.items = rules.items.filter((node) => !rest.has(node));
    done.push(
      `${candidates[0]!.name}: ${candidates.length} alerts became one rule with the levels ${[...severities].join(' and ')}.`,
    );
  }
  return done;
}

function merge(candidates: readonly Candidate[]): void {
  const [{ node, left }] = candidates as [Candidate];
  const levels = LEVELS.flatMap((name) => {
    const found = candidates.find(({ severity }) => severity === name);
    return found === undefined
      ? []
      : [[name, { [found.side]: found.threshold, ...(found.wait ? { for: found.wait } : {}) }]];
  });
  node.set('expr', left);
  node.set('levels', Object.fromEntries(levels));
  node.delete('for');
  node.deleteIn(['labels', 'severity']);
  const labels = node.get('labels');
  if (isMap(labels) && labels.items.length === 0) node.delete('labels');
}

function candidateOf(node: YAMLMap): Candidate | undefined {
  const { alert, expr, for: wait, labels = {}, ...others } = node.toJSON() as Readonly<Record<string, unknown>>;
  const { severity, ...own } = labels as Labels;
  if (typeof alert !== 'string' || !(LEVELS as readonly unknown[]).includes(severity)) return undefined;
  const compared = comparisonOf(String(expr));
  if (compared === undefined) return undefined;
  const key = [alert, compared.left, compared.side, labelsKey(own), JSON.stringify(others)].join('\n');
  return { node, name: alert, severity: severity!, wait, key, ...compared };
}

function comparisonOf(expr: string): Pick<Candidate, 'left' | 'side' | 'threshold'> | undefined {
  const { error, metrics } = analyse(expr);
  if (error !== undefined || metrics.some(({ name }) => !Object.hasOwn(METRICS, name))) return undefined;
  const root = rootOf(expr);
  if (root?.threshold === undefined || (root.op !== '>' && root.op !== '<')) return undefined;
  const left = root.left.source.trim();
  const unit = unitOf(
    left,
    metrics.map(({ name }) => name),
  );
  return { left, side: root.op === '>' ? 'above' : 'below', threshold: written(root.threshold, unit) };
}

function rootOf(expr: string): ReturnType<typeof plan>['root'] {
  try {
    return plan(expr).root;
  } catch (error) {
    if (error instanceof PromqlError) return undefined;
    throw error;
  }
}

function written(value: number, unit: Unit | undefined): string {
  if (unit === 'ratio') return `${Number((value * 100).toPrecision(15))}%`;
  if (unit === 'usd') return `${value < 0 ? '-' : ''}$${Math.abs(value)}`;
  return unit === 'seconds' ? `${value}s` : String(value);
}
