import { hash } from 'node:crypto';

/** Identifying dimensions of a series or an alert. Equal label sets are the same series. `__name__` is the metric. */
export type Labels = Readonly<Record<string, string>>;

/** The label that holds a metric's name. */
export const NAME = '__name__';

/** Compares one label with a text or a regular expression (RE2 syntax, anchored at both ends). */
export interface Matcher {
  readonly name: string;
  readonly op: '=' | '!=' | '=~' | '!~';
  readonly value: string;
}

/** A text that is equal exactly for equal label sets, whatever the order of keys. An empty value is no label. */
export function labelsKey(labels: Labels): string {
  const parts: string[] = [];
  for (const name of Object.keys(labels).sort())
    if (labels[name] !== '') parts.push(name, '\u0001', labels[name]!, '\u0002');
  // Joined, since a text that was added up keeps its parts.
  return parts.join('');
}

/** 16 hex digits that identify a label set across restarts and replicas. */
export function fingerprint(labels: Labels): string {
  return hash('sha256', labelsKey(labels)).slice(0, 16);
}

/** Prints labels as PromQL does: `price_usd{asset="xusd", chain="ethereum"}`. */
export function printLabels(labels: Labels): string {
  const { [NAME]: name = '', ...rest } = labels;
  const inner = Object.keys(rest)
    .sort()
    .map((key) => `${key}=${JSON.stringify(rest[key])}`)
    .join(', ');
  return inner === '' ? name || '{}' : `${name}{${inner}}`;
}

/** Labels without the named ones. */
export function without(labels: Labels, names: readonly string[]): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !names.includes(name)));
}

/** True when both label sets agree on every label that both have. */
export function agree(a: Labels, b: Labels): boolean {
  for (const name in a) {
    const other = b[name];
    if (name !== NAME && other !== undefined && other !== a[name]) return false;
  }
  return true;
}
