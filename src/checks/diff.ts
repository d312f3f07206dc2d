import { YamlFile } from '../config/yamlFile.ts';
import type { RuleSet } from '../model/config.ts';
import { labelsKey, printLabels, type Labels } from '../model/labels.ts';
import type { AlertRule, Rule } from '../model/rule.ts';

/** `reset`: its name stays and its labels do not, so the state of its alerts is lost. */
export type Change = 'add' | 'change' | 'reset' | 'remove';

export interface Changed {
  readonly what: 'asset' | 'source' | 'group' | 'rule';
  readonly change: Change;
  readonly name: string;
  /** What is different, in words. */
  readonly because?: string;
}

/** An alert of the old set that the new one does not judge any more. */
export interface Lost {
  readonly alert: string;
  /** The old rule's own labels. */
  readonly labels: Labels;
}

export interface RuleSetDiff {
  readonly changes: readonly Changed[];
  /** Old alerting rules whose alerts would end as removed. */
  readonly lost: readonly Lost[];
}

/** What running `after` instead of `before` would change. State survives as long as an alert's name and labels do. */
export function diffRuleSets(before: RuleSet, after: RuleSet): RuleSetDiff {
  const rules = diffRules(placed(before), placed(after));
  return {
    changes: [
      ...diffNamed('asset', new Map(Object.entries(before.assets)), new Map(Object.entries(after.assets))),
      ...diffNamed('source', writtenSources(before), writtenSources(after)),
      ...diffNamed('group', groupsOf(before), groupsOf(after)),
      ...rules.changes,
    ],
    lost: rules.lost,
  };
}

/** A rule and where it is evaluated. */
interface Placed {
  readonly rule: Rule;
  readonly group: string;
}

type Named = ReadonlyMap<string, unknown>;

function diffNamed(what: Changed['what'], before: Named, after: Named): readonly Changed[] {
  const names = [...new Set([...before.keys(), ...after.keys()])];
  return names.flatMap((name): Changed[] => {
    if (!before.has(name)) return [{ what, change: 'add', name }];
    if (!after.has(name)) return [{ what, change: 'remove', name }];
    const because = differences(Object(before.get(name)) as object, Object(after.get(name)) as object);
    return because === '' ? [] : [{ what, change: 'change', name, because }];
  });
}

/** Keys whose values differ: `every: "1m" → "5m"`. */
function differences(before: object, after: object): string {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys
    .map((key) => [key, text(Reflect.get(before, key)), text(Reflect.get(after, key))] as const)
    .filter(([, from, to]) => from !== to)
    .map(([key, from, to]) => `${key}: ${from} → ${to}`)
    .join(', ');
}

const text = (value: unknown) => (value === undefined ? 'nothing' : JSON.stringify(value));

/** Sources as they are written; a reference to a secret is compared as such. */
function writtenSources({ files, sources }: RuleSet): Named {
  const written = Object.keys(files)
    .sort()
    .flatMap((file): readonly unknown[] => {
      const entries: unknown = Reflect.get(Object(new YamlFile(file, files[file]!).toJS()) as object, 'sources');
      return Array.isArray(entries) ? entries : [];
    });
  return new Map(sources.map(({ id }, index) => [id, written[index]]));
}

function groupsOf({ groups }: RuleSet): Named {
  return new Map(groups.map(({ name, interval }) => [name, { interval }]));
}

function placed({ groups }: RuleSet): readonly Placed[] {
  return groups.flatMap(({ name, rules }) => rules.map((rule) => ({ rule, group: name })));
}

function diffRules(before: readonly Placed[], after: readonly Placed[]): RuleSetDiff {
  const [old, young] = [byIdentity(before), byIdentity(after)];
  const gone = [...old].filter(([key]) => !young.has(key)).map(([, one]) => one);
  const fresh = [...young].filter(([key]) => !old.has(key)).map(([, one]) => one);
  const resets = gone.filter((one) => fresh.some((other) => nameOf(other.rule) === nameOf(one.rule)));
  const kept = [...old].flatMap(([key, one]) => changeOf(one, young.get(key)));
  return {
    changes: [
      ...fresh.filter((one) => !resets.some((other) => nameOf(other.rule) === nameOf(one.rule))).map(said('add')),
      ...kept,
      ...resets.map((one) => ({ ...said('reset')(one), because: 'its labels change, so its alerts start anew' })),
      ...gone.filter((one) => !resets.includes(one)).map(said('remove')),
    ],
    lost: gone.flatMap(({ rule }) => ('alert' in rule ? [{ alert: rule.alert, labels: rule.labels }] : [])),
  };
}

/** Rules of one identity are told apart by their order. */
function byIdentity(all: readonly Placed[]): ReadonlyMap<string, Placed> {
  const found = new Map<string, Placed>();
  for (const one of all) {
    const key = `${nameOf(one.rule)}\u0000${labelsKey(one.rule.labels)}`;
    let unique = key;
    for (let count = 2; found.has(unique); count++) unique = `${key}\u0000${count}`;
    found.set(unique, one);
  }
  return found;
}

function changeOf(before: Placed, after: Placed | undefined): readonly Changed[] {
  if (after === undefined) return [];
  const because = differences(factsOf(before), factsOf(after));
  return because === '' ? [] : [{ ...said('change')(after), because }];
}

/** What a rule says, without where it stands. */
function factsOf({ rule, group }: Placed): object {
  if ('record' in rule) return { group, expr: rule.expr };
  const { expr, for: wait, keepFiringFor, step, missing, annotations } = rule;
  const levels = levelsOf(rule);
  return { group, expr, for: wait, keep_firing_for: keepFiringFor, step: step?.written, missing, levels, annotations };
}

function levelsOf({ levels }: AlertRule): object {
  return Object.fromEntries(levels.map(({ name, written, for: wait, clear }) => [name, { written, for: wait, clear }]));
}

const nameOf = (rule: Rule) => ('record' in rule ? `record ${rule.record}` : rule.alert);

function said(change: Change): (one: Placed) => Changed {
  return ({ rule }) => ({ what: 'rule', change, name: `${nameOf(rule)}${own(rule.labels)}` });
}

function own(labels: Labels): string {
  return Object.keys(labels).length === 0 ? '' : printLabels(labels);
}
