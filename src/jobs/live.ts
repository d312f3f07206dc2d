import type { RuleSet } from '../model/config.ts';
import { groupBy } from '../model/group.ts';
import { NAME } from '../model/labels.ts';
import type { Labels } from '../model/labels.ts';
import type { AlertRule } from '../model/rule.ts';
import type { Source } from '../model/source.ts';
import { needsOf } from '../series/index.ts';
import { compileGroup, isAlert } from '../rules/compile.ts';
import type { CompiledAlert, CompiledGroup, CompiledRecord } from '../rules/compile.ts';
import { readersOf as readersIn } from '../rules/readers.ts';

/** Sources that are read together: one chain or one upstream, one cadence. */
export interface Batch {
  readonly name: string;
  readonly every: number;
  readonly sources: readonly Source[];
}

/** A rule set made ready to run. */
export interface Live {
  readonly rules: RuleSet;
  readonly batches: ReadonlyMap<string, Batch>;
  readonly groups: ReadonlyMap<string, CompiledGroup>;
  /** By group: all that it says, so that one which says the same later is not compiled again. */
  readonly texts: ReadonlyMap<string, string>;
  readonly alertRules: ReadonlyMap<string, AlertRule>;
  /** The same, planned; of several rules of one name the first. */
  readonly alertPlans: ReadonlyMap<string, CompiledAlert>;
  /** Recording rules that make a metric. */
  readonly recordsOf: (metric: string) => readonly CompiledRecord[];
  /** Metric to ms of history its rules look back; the metrics worth holding in memory. */
  readonly needs: ReadonlyMap<string, number>;
  /** Names of the groups that use what a source yields. */
  readonly usersOf: (source: string) => readonly string[];
  /** Ids of the sources that a group uses. */
  readonly sourcesOf: (group: string) => readonly string[];
  /** Names of the groups that use a series. */
  readonly readersOf: (labels: Labels) => readonly string[];
}

/** Compiles a rule set; groups that are as they were before are taken over. @throws {PromqlError} for an expression that is not valid; the configuration has checked them. */
export function makeLive(rules: RuleSet, before?: Live): Live {
  const { texts, groups } = compileGroups(rules, before);
  const compiled = [...groups.values()].flatMap((group) => group.rules);
  const records = groupBy(
    compiled.filter((rule): rule is CompiledRecord => !isAlert(rule)),
    ({ rule }) => rule.record,
  );
  const alerts = compiled.filter((rule): rule is CompiledAlert => isAlert(rule));
  const readersOf = readersIn([...groups.values()]);
  const users = new Map(
    [...groupBy(rules.declared, ({ source }) => source)].map(([source, series]) => [
      source,
      [...new Set(series.flatMap(({ metric, labels }) => readersOf({ ...labels, [NAME]: metric })))],
    ]),
  );
  const pairs = [...users].flatMap(([source, names]) => names.map((name) => ({ source, name })));
  const used = new Map(
    [...groupBy(pairs, ({ name }) => name)].map(([name, all]) => [name, all.map(({ source }) => source)]),
  );
  return {
    rules,
    batches: new Map(
      [...groupBy(rules.sources, batchOf)].map(([name, sources]) => [
        name,
        { name, every: sources[0]!.every, sources },
      ]),
    ),
    groups,
    texts,
    alertRules: new Map(alerts.map(({ rule }) => [rule.alert, rule])),
    alertPlans: new Map(alerts.toReversed().map((alert) => [alert.rule.alert, alert])),
    recordsOf: (metric) => records.get(metric) ?? [],
    needs: needsOf(compiled.map(({ plan }) => plan)),
    usersOf: (source) => users.get(source) ?? [],
    sourcesOf: (group) => used.get(group) ?? [],
    readersOf,
  };
}

function compileGroups(rules: RuleSet, before: Live | undefined): Pick<Live, 'texts' | 'groups'> {
  const texts = new Map(rules.groups.map((group) => [group.name, JSON.stringify(group)]));
  const groups = rules.groups.map((group): [string, CompiledGroup] => {
    const isSame = before?.texts.get(group.name) === texts.get(group.name);
    return [group.name, (isSame ? before?.groups.get(group.name) : undefined) ?? compileGroup(group)];
  });
  return { texts, groups: new Map(groups) };
}

/** A source that shares no request with others runs alone, so that one slow server delays nobody; those over many chains go together. */
function batchOf({ reads, chain, kind, id, every, shares, quorum, at }: Source): string {
  const together = reads === 'chains' ? 'all' : undefined;
  const what = chain ?? together ?? (shares ? kind : id);
  const how = [at, quorum === undefined ? undefined : `q${quorum}`].filter((part) => part !== undefined);
  return [reads, what, ...how, `${every / 1000}s`].join('.');
}
