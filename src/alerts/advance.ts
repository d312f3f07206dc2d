import type { Alert, AlertLevel, AlertSpec, Clock, Transition, TransitionKind } from '../model/alert.ts';
import { LEVELS } from '../model/rule.ts';
import type { LevelName } from '../model/rule.ts';
import type { KnownVerdict, UnknownVerdict, Verdict } from '../model/verdict.ts';
import { isWorse } from './worse.ts';

export interface Advanced {
  /** The very `previous` when nothing changed. */
  readonly alert: Alert;
  readonly transition: Transition | undefined;
  /** When `for` or `keep_firing_for` will have passed if nothing changes: unix ms. */
  readonly deadline: number | undefined;
}

type StepName = LevelName | '';

/** `lastKnownAt` of an alert whose verdicts were all unknown. Zero is an instant: unit tests begin there. */
const NEVER = -1;

/**
 * One step of the alert state machine: inactive → pending → firing → inactive.
 *
 * Every level has its own pending clock, which runs while its threshold is crossed and stops counting over unknown time; when it
 * reaches the level's `for` the alert rises to it. A firing alert leaves its level when the level's `clear` has held for
 * `keep_firing_for`; it then lands on the highest lower level whose own threshold is crossed, at once, or resolves. One that stays at
 * its level is told again each time its peak passes another `step`. An unknown verdict changes nothing but the mark that says so. Between two known verdicts at most twice `max_age` counts.
 */
export function advance(previous: Alert | undefined, verdict: Verdict, spec: AlertSpec, now: number): Advanced {
  const before = previous ?? unjudged(spec.rule, verdict.labels);
  if (verdict.status === 'unknown') {
    return { alert: blinded(before, verdict, now), transition: undefined, deadline: undefined };
  }
  const elapsed = before.lastKnownAt === NEVER ? 0 : Math.min(now - before.lastKnownAt, 2 * verdict.maxAge);
  const holds = stepsThatHold(spec, verdict);
  const current = before.state === 'firing' ? standing(spec, before.level) : -1;
  const pending = runPending(spec, { before, holds, current, elapsed, now });
  const clearing = isCleared(spec.steps[current]?.name, verdict) ? tick(before.clearing, elapsed, now) : undefined;
  const next = nextStep(spec, { current, holds, pending, clearing });
  const waiting = Object.fromEntries(Object.entries(pending).filter(([name]) => rankOf(spec, name) > next));
  const alert = settle(before, {
    verdict,
    spec,
    now,
    next,
    waiting,
    clearing: next === current ? clearing : undefined,
  });
  return {
    alert,
    transition: transitionOf(before, alert, { spec, value: verdict.value, now }),
    deadline: deadlineOf(alert, spec, now),
  };
}

/** True for an alert that fires at the highest level there is, of which nothing more can be told, with no clock running. */
export function isAtTop(alert: Alert | undefined, { steps, step }: AlertSpec): alert is Alert {
  if (step !== undefined) return false;
  if (alert?.state !== 'firing' || alert.unknown !== undefined || alert.clearing !== undefined) return false;
  return (alert.level ?? '') === steps.at(-1)!.name && Object.keys(alert.pending).length === 0;
}

/** What `advance` makes of an alert at the top whose level is crossed still, by this value. */
export function goOn(before: Alert, value: number, { worse }: AlertSpec, now: number): Alert {
  const { rule, labels, state, level, pending, clearing, activeAt, firedAt, startUnseen } = before;
  const { peak, peakAt } = valueOf(before, before, value, { worse, now });
  const lastKnownAt = now;
  return {
    rule,
    labels,
    state,
    level,
    pending,
    clearing,
    lastKnownAt,
    activeAt,
    firedAt,
    startUnseen,
    value,
    peak,
    peakAt,
  };
}

/** True for an alert that an `ok` verdict leaves just as it is. */
export function isCalm(alert: Alert | undefined): boolean {
  return alert?.state === 'inactive' && alert.lastKnownAt !== NEVER && alert.unknown === undefined;
}

/** Ends an alert whose rule or series left the configuration; nothing when it neither fires nor pends. */
export function remove(alert: Alert, now: number): Transition | undefined {
  if (alert.state === 'inactive') return undefined;
  return transition(alert.state === 'firing' ? 'removed' : 'cancelled', alert, {
    at: now,
    from: alert.level,
    to: null,
  });
}

function unjudged(rule: string, labels: Alert['labels']): Alert {
  return { rule, labels, state: 'inactive', level: null, pending: {}, lastKnownAt: NEVER, startUnseen: false };
}

function stepsThatHold(spec: AlertSpec, verdict: KnownVerdict): ReadonlySet<StepName> {
  if (spec.steps[0]?.name !== '') return new Set(verdict.holds);
  return new Set<StepName>(verdict.status === 'breached' ? [''] : []);
}

function isCleared(level: StepName | undefined, verdict: KnownVerdict): boolean {
  return level === '' ? verdict.status === 'ok' : level !== undefined && verdict.clears.includes(level);
}

interface Standing {
  readonly current: number;
  readonly holds: ReadonlySet<StepName>;
  readonly pending: Readonly<Record<string, Clock>>;
  readonly clearing: Clock | undefined;
}

/** Rank of the step it fires at from now on; -1 is none. */
function nextStep(spec: AlertSpec, { current, holds, pending, clearing }: Standing): number {
  const risen = spec.steps.findLastIndex(({ name, for: wait }) => (pending[name]?.held ?? -1) >= wait);
  if (risen >= 0) return risen;
  if (clearing === undefined || clearing.held < spec.keepFiringFor) return current;
  return spec.steps.findLastIndex(({ name }, rank) => rank < current && holds.has(name));
}

function rankOf(spec: AlertSpec, name: string): number {
  return spec.steps.findIndex((step) => step.name === name);
}

/** The step of the level it fires at; when an edit took that level away, the nearest one below it, or the lowest there is. */
function standing(spec: AlertSpec, level: AlertLevel): number {
  const same = rankOf(spec, level ?? '');
  if (same >= 0) return same;
  return Math.max(
    0,
    spec.steps.findLastIndex(({ name }) => name !== '' && severityRank(name) <= severityRank(level)),
  );
}

function tick(clock: Clock | undefined, elapsed: number, now: number): Clock {
  return clock === undefined ? { since: now, held: 0 } : { since: clock.since, held: clock.held + elapsed };
}

interface Run {
  readonly before: Alert;
  readonly holds: ReadonlySet<StepName>;
  readonly current: number;
  readonly elapsed: number;
  readonly now: number;
}

function runPending(spec: AlertSpec, { before, holds, current, elapsed, now }: Run): Record<string, Clock> {
  const pending: Record<string, Clock> = {};
  for (const [index, step] of spec.steps.entries()) {
    if (index > current && holds.has(step.name)) pending[step.name] = tick(before.pending[step.name], elapsed, now);
  }
  return pending;
}

interface Settling {
  readonly verdict: KnownVerdict;
  readonly spec: AlertSpec;
  readonly now: number;
  /** Rank of the level it fires at from now on, or -1. */
  readonly next: number;
  readonly waiting: Readonly<Record<string, Clock>>;
  readonly clearing: Clock | undefined;
}

function settle(before: Alert, { verdict, spec, now, next, waiting, clearing }: Settling): Alert {
  const { rule, labels } = before;
  if (next < 0 && Object.keys(waiting).length === 0) return inactive(before, now);
  const state = next < 0 ? 'pending' : 'firing';
  const episode = goesOn(before, state) ? before : undefined;
  return {
    rule,
    labels,
    state,
    level: spec.steps[next]?.name || null,
    pending: waiting,
    clearing,
    lastKnownAt: now,
    activeAt: episode ? episode.activeAt : Math.min(now, ...Object.values(waiting).map((clock) => clock.since)),
    firedAt: state === 'firing' ? (episode?.firedAt ?? now) : undefined,
    startUnseen: (episode ?? { startUnseen: isUnseen(before) }).startUnseen,
    ...valueOf(before, episode, verdict.value, { worse: spec.worse, now }),
  };
}

/** Nobody knew how it was before it breached. */
function isUnseen({ lastKnownAt, unknown }: Alert): boolean {
  return lastKnownAt === NEVER || unknown !== undefined;
}

/** False when an alert that fired only pends now: that is a new episode. */
function goesOn(before: Alert, state: 'pending' | 'firing'): boolean {
  return before.state === 'pending' || before.state === state;
}

function inactive(before: Alert, now: number): Alert {
  if (isCalm(before)) return before;
  return { ...unjudged(before.rule, before.labels), lastKnownAt: now };
}

function blinded(before: Alert, { reason, staleSince = Infinity }: UnknownVerdict, now: number): Alert {
  if (before.unknown?.reason === reason) return before;
  return { ...before, unknown: { reason, since: before.unknown?.since ?? Math.min(staleSince, now) } };
}

type Values = Pick<Alert, 'value' | 'peak' | 'peakAt'>;

/** A plain rule that recovered may yield no value: the last one stands while it keeps firing. */
function valueOf(
  before: Alert,
  episode: Alert | undefined,
  value: number | undefined,
  spec: { worse: 'up' | 'down'; now: number },
): Values {
  const { peak, peakAt } = episode ?? {};
  if (value === undefined) return { value: before.value, peak, peakAt };
  const worsens = peak === undefined || (spec.worse === 'up' ? value > peak : value < peak);
  return worsens ? { value, peak: value, peakAt: spec.now } : { value, peak, peakAt };
}

function transitionOf(
  before: Alert,
  after: Alert,
  {
    spec,
    value = before.value,
    now,
  }: { readonly spec: AlertSpec; readonly value: number | undefined; readonly now: number },
): Transition | undefined {
  const change = { at: now, from: before.level, to: after.level };
  if (before.state === 'firing' && after.state !== 'firing')
    return { ...transition('resolved', before, { ...change, to: null }), value };
  if (before.state === 'firing' && before.level !== after.level) return transition('level', after, change);
  if (before.state === 'firing') return isWorse(before, after, spec) ? transition('worse', after, change) : undefined;
  if (after.state === 'firing') return transition('firing', after, change);
  if (before.state === after.state) return undefined;
  return after.state === 'pending' ? transition('pending', after, change) : transition('cancelled', before, change);
}

function transition(kind: TransitionKind, alert: Alert, change: Pick<Transition, 'at' | 'from' | 'to'>): Transition {
  const { rule, labels, activeAt = change.at, value, peak, peakAt } = alert;
  return { kind, rule, labels, activeAt, value, peak, peakAt, ...change };
}

function deadlineOf(alert: Alert, spec: AlertSpec, now: number): number | undefined {
  const waits = spec.steps.flatMap((step) => {
    const clock = alert.pending[step.name];
    return clock === undefined ? [] : [step.for - clock.held];
  });
  if (alert.clearing) waits.push(spec.keepFiringFor - alert.clearing.held);
  return waits.length === 0 ? undefined : now + Math.max(0, Math.min(...waits));
}

/** Orders levels for people: `critical` first, a plain rule's alert like a `warning`. */
export function severityRank(level: AlertLevel): number {
  return level === null ? 1 : LEVELS.indexOf(level);
}
