import type { RuleSet } from '../model/config.ts';
import { groupBy } from '../model/group.ts';
import { NAME, type Labels, type Matcher } from '../model/labels.ts';
import type { DeclaredSeries } from '../model/sample.ts';
import type { Source } from '../model/source.ts';
import { compileMatchers, type Plan } from '../promql/index.ts';
import type { CompiledAlert, CompiledRecord } from '../rules/compile.ts';

const OWN = /^tocsin_/;
const ALERTS = /^ALERTS(?:_FOR_STATE)?$/;
/** Recording rules looked through: a loop of them ends. */
const MOST_DEPTH = 5;
/** What writes a label that no selector carries. */
const MAKES_LABELS = /\blabel_(?:replace|join)\b|\bcount_values\b/;

type Matchers = readonly Matcher[];

/** The metric a selector names exactly. */
export function metricOf(matchers: Matchers): string | undefined {
  return matchers.find(({ name, op }) => name === NAME && op === '=')?.value;
}

/** What is known of the series that rules read, before any sample is there. */
export class Inputs {
  readonly #declared: readonly DeclaredSeries[];
  readonly #records: readonly CompiledRecord[];
  readonly #byMetric: ReadonlyMap<string, readonly DeclaredSeries[]>;
  readonly #byRecord: ReadonlyMap<string, readonly CompiledRecord[]>;
  readonly #sources: ReadonlyMap<string, Source>;
  readonly #alerts: readonly string[];

  constructor(rules: RuleSet, alerts: readonly CompiledAlert[], records: readonly CompiledRecord[]) {
    this.#declared = rules.declared;
    this.#records = records;
    this.#byMetric = groupBy(rules.declared, ({ metric }) => metric);
    this.#byRecord = groupBy(records, ({ rule }) => rule.record);
    this.#sources = new Map(rules.sources.map((source) => [source.id, source]));
    this.#alerts = [...new Set(alerts.map(({ rule }) => rule.alert))];
  }

  /** Declared series that a selector takes. */
  declared(matchers: Matchers): readonly DeclaredSeries[] {
    const name = metricOf(matchers);
    const matches = compileMatchers(matchers);
    const candidates = name === undefined ? this.#declared : (this.#byMetric.get(name) ?? []);
    return candidates.filter(({ metric, labels, open }) =>
      open ? couldMatch(matchers, labels) : matches({ ...labels, [NAME]: metric }),
    );
  }

  /** Declared series that an expression rests on, recording rules looked through. */
  of(plan: Plan, depth = 0): readonly DeclaredSeries[] {
    const all = plan.leaves.flatMap(({ matchers }) => [
      ...this.declared(matchers),
      ...(depth < MOST_DEPTH ? this.#recorded(matchers).flatMap((record) => this.of(record.plan, depth + 1)) : []),
    ]);
    return [...new Set(all)];
  }

  sourceOf({ source }: DeclaredSeries): Source | undefined {
    return this.#sources.get(source);
  }

  /** Whether anything in the rule set, or Tocsin itself, yields or records this metric. */
  isYielded(metric: string): boolean {
    return this.#byMetric.has(metric) || this.#byRecord.has(metric) || OWN.test(metric) || ALERTS.test(metric);
  }

  /** Whether a source, a recording rule or Tocsin itself can yield a series that the selector takes. */
  canMatch(matchers: Matchers, depth = 0): boolean {
    if (depth > MOST_DEPTH || this.declared(matchers).length > 0 || this.#isOwn(matchers)) return true;
    return this.#recorded(matchers).some(
      (record) =>
        record.plan.leaves.every((leaf) => leaf.optional || this.canMatch(leaf.matchers, depth + 1)) &&
        matchers.every((matcher) => matcher.name === NAME || this.#mayCarry(record, matcher, depth)),
    );
  }

  /** Label sets of the series a selector takes; of recorded ones those that they carry over from declared series. */
  labelsOf(matchers: Matchers, depth = 0): readonly Labels[] {
    const matches = compileMatchers(matchers.filter(({ name }) => name !== NAME));
    const records = depth < MOST_DEPTH ? this.#recorded(matchers) : [];
    const carried = records.flatMap(({ rule, plan }) =>
      plan.leaves
        .filter(({ optional }) => !optional)
        .flatMap((leaf) =>
          this.labelsOf(leaf.matchers, depth + 1).map((labels) => ({ ...keep(labels, leaf.shares), ...rule.labels })),
        ),
    );
    return [...this.declared(matchers).map(({ labels }) => labels), ...carried.filter(matches)];
  }

  #recorded(matchers: Matchers): readonly CompiledRecord[] {
    const name = metricOf(matchers);
    if (name !== undefined) return this.#byRecord.get(name) ?? [];
    const matches = compileMatchers(matchers.filter((matcher) => matcher.name === NAME));
    return this.#records.filter(({ rule }) => matches({ [NAME]: rule.record }));
  }

  /** Tocsin's own series come while it runs; of those that sources declare there are no others. */
  #isOwn(matchers: Matchers): boolean {
    const name = metricOf(matchers) ?? '';
    if (OWN.test(name)) return !this.#byMetric.has(name);
    if (!ALERTS.test(name)) return false;
    const matches = compileMatchers(matchers.filter((matcher) => matcher.name === 'alertname'));
    return this.#alerts.some((alertname) => matches({ alertname }));
  }

  /** Whether a recorded series can have a label that passes: its own, or one carried over from what it was made of. */
  #mayCarry({ rule, plan }: CompiledRecord, matcher: Matcher, depth: number): boolean {
    const passes = compileMatchers([matcher]);
    const own = rule.labels[matcher.name];
    if (own !== undefined) return passes({ [matcher.name]: own });
    if (passes({}) || MAKES_LABELS.test(rule.expr)) return true;
    return plan.leaves.some(
      (leaf) => leaf.shares(matcher.name) && this.canMatch([...leaf.matchers, matcher], depth + 1),
    );
  }
}

/** Whether a series whose other labels only its origin knows can be one that the selector takes. */
function couldMatch(matchers: Matchers, labels: Labels): boolean {
  return compileMatchers(matchers.filter(({ name }) => name in labels))(labels);
}

/** The labels that an expression carries over. */
export function keep(labels: Labels, shares: (name: string) => boolean): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => shares(name)));
}
