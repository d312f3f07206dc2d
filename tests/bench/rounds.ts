import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { AlertBook } from '../../src/alerts/book.ts';
import { GroupEvaluator } from '../../src/alerts/groupEvaluator.ts';
import { compileGroup, isAlert } from '../../src/rules/compile.ts';
import { needsOf, Windows } from '../../src/series/index.ts';
import { figure, percentile } from './figure.ts';
import { KINDS, labelsOf, METRICS, MINUTE, ruleGroups, valueOf } from './workload.ts';
import type { Size } from './workload.ts';

/** Minutes of history before the first round. */
const HISTORY = 25 * 60;

/** Everything a worker keeps of the workload in memory: windows full of history, and the rules over them. */
export class Rounds {
  readonly windows: Windows;
  readonly evaluators: readonly GroupEvaluator[];
  /** Of the last group that was judged. */
  deadline = 0;
  readonly #size: Size;
  #minute: number;

  /** `minute`: of the last sample of the history, since the epoch. */
  constructor(size: Size, minute: number) {
    const compiled = ruleGroups(size).map((group) => compileGroup(group));
    this.#size = size;
    this.#minute = minute;
    this.windows = new Windows(needsOf(compiled.flatMap(({ rules }) => rules.map(({ plan }) => plan))));
    this.evaluators = compiled.map((group) => new GroupEvaluator(group, this.windows, new AlertBook()));
    const series = Array.from({ length: size.series }, (_, id) => ({
      id,
      labels: labelsOf(id, size),
      maxAge: 5 * MINUTE,
    }));
    this.windows.apply({ series, samples: [] });
    for (let at = minute - HISTORY; at <= minute; at++) this.windows.apply({ series: [], samples: this.samplesAt(at) });
    this.windows.prune(minute * MINUTE);
  }

  samplesAt(minute: number): { seriesId: number; at: number; value: number }[] {
    return Array.from({ length: this.#size.series }, (_, seriesId) => ({
      seriesId,
      at: minute * MINUTE,
      value: valueOf(seriesId, minute),
    }));
  }

  /** Judges everything without new samples. */
  judge(): number {
    let transitions = 0;
    for (const evaluator of this.evaluators) {
      const said = evaluator.evaluate(this.#minute * MINUTE);
      transitions += said.transitions.length;
      this.deadline = said.deadline();
    }
    return transitions;
  }

  /** One minute on; returns the milliseconds that the round took and what changed. */
  next(): { ms: number; cpuMs: number; transitions: number } {
    this.#minute++;
    const samples = this.samplesAt(this.#minute);
    const cpu = process.cpuUsage();
    const started = performance.now();
    this.windows.apply({ series: [], samples });
    this.windows.prune(this.#minute * MINUTE);
    const transitions = this.judge();
    const { user, system } = process.cpuUsage(cpu);
    return { ms: performance.now() - started, cpuMs: (user + system) / 1000, transitions };
  }

  /** Label sets in breach, by the kind of rule, as Prometheus counts ALERTS. */
  byKind(): Record<string, number> {
    const counts = Object.fromEntries(KINDS.map((kind) => [kind, 0]));
    for (const { group, book } of this.evaluators) {
      for (const { rule } of group.rules.filter(isAlert)) {
        const alerts = [...book.alerts.get(rule.alert)!.values()];
        counts[rule.alert.split('_')[1]!]! += alerts.filter(({ state }) => state !== 'inactive').length;
      }
    }
    return counts;
  }
}

/** What tenfold series and tenfold rules cost a round: as many rounds of each, in turn. */
export function measureGrowth(size: Size, rounds: number): void {
  const small = medianOf({ ...size, series: size.series / 10 }, rounds);
  const base = medianOf(size, rounds);
  const large = medianOf({ ...size, rules: size.rules * 10 }, rounds);
  const about = { ...size, rounds, limit: 11 };
  figure('growth_tenfold_series', base.ms / small.ms, { ...about, from: small, to: base });
  figure('growth_tenfold_rules', large.ms / base.ms, { ...about, from: base, to: large });
}

function medianOf(size: Size, rounds: number): { readonly ms: number; readonly cpuMs: number } {
  const world = new Rounds(size, 29_919_294);
  world.judge();
  const spent = Array.from({ length: rounds }, () => world.next());
  const half = (of: 'ms' | 'cpuMs') =>
    percentile(
      spent.map((round) => round[of]),
      0.5,
    );
  return { ms: half('ms'), cpuMs: half('cpuMs') };
}

/** One round in memory: new samples in, every group judged, alerts advanced. */
export function measureRounds(size: Size, rounds: number, minute = 29_919_294): void {
  const world = new Rounds(size, minute);
  const first = performance.now();
  world.judge();
  const firstMs = performance.now() - first;
  const answers = { at_minute: minute, alerts_by_kind: world.byKind(), ...rightAnswers(size, minute) };
  const spent = Array.from({ length: rounds }, () => world.next());
  const transitions = spent.reduce((sum, round) => sum + round.transitions, 0);
  const about = { ...size, rounds, transitions, ...answers };
  figure('rounds_first_ms', firstMs, about);
  for (const share of [50, 99]) {
    figure(
      `rounds_p${share}_ms`,
      percentile(
        spent.map(({ ms }) => ms),
        share / 100,
      ),
      about,
    );
    figure(
      `rounds_p${share}_cpu_ms`,
      percentile(
        spent.map(({ cpuMs }) => cpuMs),
        share / 100,
      ),
      about,
    );
  }
}

/** What the same rules say written by hand for speed, where that script is. */
function rightAnswers({ series, rules, fan }: Size, minute: number): Readonly<Record<string, unknown>> {
  const script = fileURLToPath(new URL('../../../shared/bench/js-limit.mjs', import.meta.url));
  if (!existsSync(script)) return { right_alerts_by_kind: 'not compared: no script' };
  const options = { entities: series / METRICS.length, rules, fan, at: minute, rounds: 1 };
  const words = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const env = { ...process.env, BENCH_QUIET_S: '0' };
  const printed = execFileSync(process.execPath, [script, '--mode', 'eval', ...words], { encoding: 'utf8', env });
  return { right_alerts_by_kind: (JSON.parse(printed) as Record<string, unknown>)['alerts_by_kind'] };
}
