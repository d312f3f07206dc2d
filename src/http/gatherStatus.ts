import type { RuleOutcome } from '../alerts/watch.ts';
import { severityOf, toldAlert } from '../dispatch/compose-alert.ts';
import { alertId } from '../model/alert.ts';
import { printValue } from '../dispatch/render-value.ts';
import { unitHint } from '../dispatch/render-threshold.ts';
import { isAlert } from '../rules/compile.ts';
import type { CompiledAlert, CompiledGroup } from '../rules/compile.ts';
import { gatherMuted } from './gatherMuted.ts';
import { severityRank } from '../alerts/advance.ts';
import type { Live } from '../jobs/live.ts';
import type { Alert } from '../model/alert.ts';
import type { Config } from '../model/config.ts';
import type { Covered } from '../model/coverage.ts';
import { LEVELS } from '../model/rule.ts';
import type { Level } from '../model/rule.ts';
import type { Source } from '../model/source.ts';
import type { AlertStatus, RuleRow, RuleStatus, SourceStatus, Status } from '../model/status.ts';
import type { GroupState, SourceState, Store } from '../model/store.ts';
import type { Verdict } from '../model/verdict.ts';

export interface StatusDeps {
  readonly config: Config;
  readonly version: string;
  readonly live: Live;
  readonly store: Store;
  /** The last outcome of each rule in this process. */
  readonly outcomes: ReadonlyMap<string, RuleOutcome>;
  /** Those that other programs posted and that fire. */
  readonly posted: () => Promise<readonly Alert[]>;
  readonly coverage: () => readonly Covered[];
  readonly queue: Status['queue'];
  /** Judging clock, unix ms. */
  readonly now: () => number;
}

/** Everything the status page shows, from the store and from what this process judged last. */
export async function gatherStatus(deps: StatusDeps): Promise<Status> {
  const { store, live, config } = deps;
  const now = deps.now();
  const [alerts, posted, sources, groups, receivers, inbox, sent] = await Promise.all([
    store.alerts([...live.alertRules.keys()]),
    deps.posted(),
    store.sourceStates(),
    store.groupStates(),
    store.receiverStates(),
    store.inbox(20),
    store.sent(20),
  ]);
  const active = [...alerts, ...posted].filter(({ state }) => state !== 'inactive');
  const stored = new Map(alerts.map((alert) => [alertId(alert), alert]));
  return {
    now,
    timezone: config.timezone,
    version: deps.version,
    alerts: active.map((alert) => alertStatus(alert, deps, now)).sort(worstFirst),
    muted: await gatherMuted(active, now, { store, config, disabled: live.rules.disabled ?? [] }),
    sources: live.rules.sources.map((source) =>
      sourceStatus(
        source,
        sources.find((state) => state.source === source.id),
        now,
      ),
    ),
    rules: rulesOf(live, deps.outcomes, stored, groups),
    receivers,
    inbox,
    sent,
    advice: config.advice,
    coverage: deps.coverage(),
    queue: deps.queue,
    store: config.databaseUrl ? 'url' : 'private',
  };
}

function alertStatus(alert: Alert, { live }: StatusDeps, now: number): AlertStatus {
  const rendering = {
    ruleOf: (name: string) => live.alertRules.get(name),
    assetOf: (id: string) => live.rules.assets[id],
    evidenceOf: () => ({ expression: '', substituted: '', inputs: [] }),
    now,
  };
  const told = toldAlert({ alert, untold: [], isToldHere: () => true }, rendering);
  const { id, summary, runbook, value, threshold } = told;
  // A posted alert, and one of a plain rule, say by a label how bad they are.
  const level = LEVELS.find((name) => name === severityOf(alert)) ?? alert.level;
  return {
    ...alert,
    level,
    id,
    summary,
    ...(runbook && { runbook }),
    ...(value && { shown: value }),
    ...(threshold && { threshold }),
  };
}

function worstFirst(a: AlertStatus, b: AlertStatus): number {
  const firing = Number(b.state === 'firing') - Number(a.state === 'firing');
  return firing || severityRank(b.level) - severityRank(a.level) || (a.activeAt ?? 0) - (b.activeAt ?? 0);
}

function sourceStatus(source: Source, state: SourceState | undefined, now: number): SourceStatus {
  const { id, kind, labels, every, maxAge } = source;
  const known = { source: id, kind, labels, every, maxAge };
  if (state === undefined) return { ...known, health: 'waiting' };
  const { lastRunAt, lastOkAt, error, origin } = state;
  const health = error !== undefined ? 'failing' : lastOkAt !== undefined && now - lastOkAt > maxAge ? 'stale' : 'ok';
  const where = origin.block === undefined ? origin.url : `${origin.chain} block ${origin.block}`;
  return {
    ...known,
    lastRunAt,
    health,
    ...(lastOkAt !== undefined && { lastOkAt }),
    ...(error && { error }),
    ...(where && { origin: where }),
  };
}

function rulesOf(
  live: Live,
  outcomes: ReadonlyMap<string, RuleOutcome>,
  stored: ReadonlyMap<string, Alert>,
  groups: ReadonlyMap<string, GroupState>,
): readonly RuleStatus[] {
  return [...live.groups.values()]
    .sort((a, b) => Number(isOwn(a)) - Number(isOwn(b)))
    .flatMap(({ name, interval, rules }) =>
      rules
        .filter((rule): rule is CompiledAlert => isAlert(rule))
        .map(({ rule }): RuleStatus => {
          const outcome = outcomes.get(rule.alert);
          const rows = (outcome?.verdicts() ?? []).map((verdict) =>
            rowOf(verdict, rule, stored.get(alertId({ rule: rule.alert, labels: verdict.labels }))),
          );
          const judgedAt = groups.get(name)?.evaluatedAt || undefined;
          return {
            rule: rule.alert,
            group: name,
            expr: rule.expr,
            file: rule.position.file,
            interval,
            ...(judgedAt !== undefined && { judgedAt }),
            rows,
            ...(rows.length === 0 && { idle: idleText(outcome) }),
          };
        }),
    );
}

/** What Tocsin says about itself comes last. */
function isOwn({ rules }: CompiledGroup): boolean {
  return rules[0]?.rule.position.file === 'packs/self.yaml';
}

function idleText(outcome: RuleOutcome | undefined): string {
  if (outcome === undefined) return 'not judged yet by this process';
  return outcome.blind ? 'its inputs are known but stale' : 'no series matches its expression yet';
}

function rowOf(verdict: Verdict, rule: CompiledAlert['rule'], alert: Alert | undefined): RuleRow {
  const known = { labels: verdict.labels, state: alert?.state ?? 'inactive', level: alert?.level ?? null };
  if (verdict.status === 'unknown') return { ...known, verdict: 'unknown', reason: verdict.reason, distances: [] };
  const { value, status } = verdict;
  if (value === undefined) return { ...known, verdict: status, distances: [] };
  const distances = rule.levels.map((level) => distanceOf(level, value)).sort((a, b) => a.distance - b.distance);
  return { ...known, verdict: status, value: printValue(value, unitHint(rule)), distances };
}

function distanceOf(level: Level, value: number): RuleRow['distances'][number] {
  const threshold = level.above ?? level.below!;
  const room = level.above === undefined ? value - threshold : threshold - value;
  const distance = threshold === 0 ? room : room / Math.abs(threshold);
  return { level: level.name, threshold: `${level.above === undefined ? '<' : '>'} ${level.written}`, distance };
}
