import type { AlertLevel, Transition } from '../model/alert.ts';
import type { Route } from '../model/config.ts';
import { printLabels } from '../model/labels.ts';
import type { Labels } from '../model/labels.ts';
import { dueId } from '../model/claim.ts';
import type { DueKey, Telling } from '../model/claim.ts';
import { remembered } from '../model/remembered.ts';
import { matchesAll } from './match.ts';
import { shownLabels } from './shown.ts';

/** Every label, as a whole `group_by`. */
const EVERY = '...';

/** The leaves of the routing tree that take this label set, with the matchers on the way to each as its path. */
export function routesFor(
  route: Route,
  labels: Labels,
  path = '',
): readonly { readonly route: Route; readonly path: string }[] {
  if (!matchesAll(route.matchers, labels)) return [];
  const here = `${path}${printed(route)}`;
  const found = [];
  for (const child of route.routes) {
    const below = routesFor(child, labels, here);
    found.push(...below);
    if (below.length > 0 && !child.continue) break;
  }
  return found.length > 0 ? found : [{ route, path: here }];
}

const printings = new WeakMap<Route, string>();

function printed(route: Route): string {
  const known = printings.get(route);
  if (known !== undefined) return known;
  const text = `{${route.matchers.map(({ name, op, value }) => `${name}${op}${JSON.stringify(value)}`).join(',')}}`;
  printings.set(route, text);
  return text;
}

/** One receiver and group that an alert belongs to, and the route that says so. */
export interface Destination {
  readonly telling: Telling;
  readonly route: Route;
}

/** Where alerts with these labels go, escalations included. */
export function destinationsOf(root: Route, labels: Labels): readonly Destination[] {
  return destinationsBy(
    root,
    (name) => labels[name],
    () => labels,
  );
}

/** Where an alert goes at a level. */
function destinationsAt(
  root: Route,
  alert: Pick<Transition, 'rule' | 'labels'>,
  level: AlertLevel,
): readonly Destination[] {
  const valueOf = (name: string) => {
    if (name === 'alertname') return alert.rule;
    return name === 'severity' && level !== null ? level : alert.labels[name];
  };
  return destinationsBy(root, valueOf, () => shownLabels({ ...alert, level }));
}

/** What the routes say of one receiver and group; undefined when the alert goes elsewhere at this level. */
export function destinationIn(
  root: Route,
  alert: Pick<Transition, 'rule' | 'labels'>,
  level: AlertLevel,
  { receiver, groupKey }: DueKey,
): Destination | undefined {
  return destinationsAt(root, alert, level).find(
    ({ telling }) => telling.receiver === receiver && telling.groupKey === groupKey,
  );
}

/** A tree says the same of labels that agree in all that it reads. */
function destinationsBy(
  root: Route,
  valueOf: (name: string) => string | undefined,
  labels: () => Labels,
): readonly Destination[] {
  const { names, found } = knownOf(root);
  if (names === undefined) return findDestinations(root, labels());
  let key = '';
  for (const name of names) key += `${valueOf(name) ?? ''}\u0001`;
  return remembered(found, key, () => findDestinations(root, labels()), MOST_KNOWN);
}

/** What a tree said of labels, by the values of those that it reads. */
interface Known {
  /** Undefined: every label counts. */
  readonly names: readonly string[] | undefined;
  readonly found: Map<string, readonly Destination[]>;
}

const MOST_KNOWN = 10_000;
const knownByRoot = new WeakMap<Route, Known>();

function knownOf(root: Route): Known {
  const known = knownByRoot.get(root);
  if (known !== undefined) return known;
  const names = new Set([...namesIn(root), 'severity']);
  const made: Known = { names: names.has(EVERY) ? undefined : [...names], found: new Map() };
  knownByRoot.set(root, made);
  return made;
}

function namesIn({ matchers, groupBy, routes }: Route): readonly string[] {
  return [...matchers.map(({ name }) => name), ...groupBy, ...routes.flatMap(namesIn)];
}

function findDestinations(root: Route, labels: Labels): readonly Destination[] {
  return routesFor(root, labels).flatMap(({ route, path }) => {
    const { groupWait, groupInterval, repeatInterval, escalate = [] } = route;
    const groupLabels = groupLabelsOf(route, labels);
    const common = { groupLabels, groupInterval, repeatInterval };
    const key = printLabels(groupLabels);
    const flush = labels['severity'] === 'critical';
    const first = route.receivers.map((receiver) => {
      return { route, telling: { ...common, receiver, groupKey: `${path}:${key}`, flush, groupWait } };
    });
    const later = escalate.flatMap(({ after, receivers }) =>
      receivers.map((receiver) => {
        const groupKey = `${path}+${after / 1000}s:${key}`;
        return { route, telling: { ...common, receiver, groupKey, flush: false, groupWait: after, after } };
      }),
    );
    return [...first, ...later];
  });
}

function groupLabelsOf({ groupBy }: Route, labels: Labels): Labels {
  const names = groupBy.includes(EVERY) ? Object.keys(labels).sort() : groupBy;
  return Object.fromEntries(names.flatMap((name) => (labels[name] ? [[name, labels[name]]] : [])));
}

/**
 * Who is told about a transition. A change of level tells the receivers of the old level too, so that nobody waits for an end
 * that goes elsewhere.
 */
export function tellingsFor(root: Route, transition: Transition): readonly Telling[] {
  const { kind, from, to } = transition;
  if (kind === 'pending' || kind === 'cancelled') return [];
  const levels: readonly AlertLevel[] = kind === 'level' ? [from, to] : [to ?? from];
  const flush = to === 'critical' || (kind === 'firing' && transition.labels['severity'] === 'critical');
  const tellings = levels.map((level) => tellingsAt(destinationsAt(root, transition, level), flush));
  return tellings.length === 1 ? tellings[0]! : unique(tellings.flat());
}

/** Thousands of transitions go to the same destinations: they share what is made of them. */
function tellingsAt(destinations: readonly Destination[], flush: boolean): readonly Telling[] {
  const known = (flush ? flushed : unflushed).get(destinations);
  if (known !== undefined) return known;
  const made = unique(destinations.map(({ telling }) => ({ ...telling, flush: flush && telling.after === undefined })));
  (flush ? flushed : unflushed).set(destinations, made);
  return made;
}

const flushed = new WeakMap<readonly Destination[], readonly Telling[]>();
const unflushed = new WeakMap<readonly Destination[], readonly Telling[]>();

function unique(tellings: readonly Telling[]): readonly Telling[] {
  return [...new Map(tellings.map((telling) => [dueId(telling), telling])).values()];
}
