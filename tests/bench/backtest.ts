import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { figure } from './figure.ts';
import { METRICS, ruleGroups, valueOf } from './workload.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MAIN = join(ROOT, 'dist', 'main.js');

/** Programs to compare with, when they are there: the limit by hand, and promtool. */
const PEERS = join(ROOT, '..', 'shared', 'bench');

/** A fixed minute, so that every program sees the same history. */
const START = 29_700_000;

interface History {
  readonly days: number;
  readonly entities: number;
  readonly rules: number;
}

/** Runs the shipped command on generated minutes, from process start to report. */
export function measureBacktest({ days, entities, rules }: History, runs: number): void {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-bench-'));
  try {
    write(folder, { days, entities, rules });
    const about = { days, entities, rules, samples: days * 1440 * entities * METRICS.length };
    const ran = Array.from({ length: runs }, () => runOnce(folder));
    const sorted = ran.toSorted((a, b) => a.wall - b.wall);
    const { wall, cpu, rss, breaching } = sorted[Math.floor(sorted.length / 2)]!;
    figure('backtest_wall_s', wall, { ...about, cpu_s: cpu, rss_mib: rss, breaching_steps: breaching });
    compare({ days, entities, rules }, breaching, wall);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The peers' own answers and times, where their scripts are. */
function compare({ days, entities, rules }: History, breaching: number, wall: number): void {
  if (!existsSync(join(PEERS, 'js-limit.mjs'))) {
    process.stderr.write('Skipped: the programs to compare a backtest with are not here.\n');
    return;
  }
  const size = ['--days', `${days}`, '--entities', `${entities}`, '--rules', `${rules}`];
  const limit = run('js-limit.mjs', ['--mode', 'backtest', '--runs', '3', ...size]);
  figure('limit_wall_s', limit['wall_s']!, {
    breaching_steps: limit['breaching_steps'],
    same: limit['breaching_steps'] === breaching,
  });
  if (process.env['BENCH_PEERS'] === undefined) return;
  const range = run('promtool-backtest.mjs', ['--range', 'true', ...size]);
  figure('query_range_wall_s', range['wall_s']!, {
    times: range['wall_s']! / wall,
    same: range['breaching_steps'] === breaching,
  });
  const month = run('promtool-backtest.mjs', ['--days', '10', '--entities', `${entities}`, '--rules', `${rules}`]);
  const whole = (month['wall_s']! * days) / 10;
  figure('promtool_wall_s', whole, { times: whole / wall, extrapolated_from_days: 10 });
}

function run(script: string, args: readonly string[]): Readonly<Record<string, number>> {
  const printed = execFileSync(process.execPath, [join(PEERS, script), ...args], { encoding: 'utf8' });
  return JSON.parse(printed.trim().split('\n').at(-1)!) as Record<string, number>;
}

function runOnce(folder: string): { wall: number; cpu: number; rss: number; breaching: number } {
  const started = performance.now();
  const child = spawnSync(
    '/usr/bin/env',
    [
      'time',
      '-f',
      '%U %S %M',
      process.execPath,
      MAIN,
      'backtest',
      '--incident',
      folder,
      '--rules',
      join(folder, 'rules.yaml'),
      '--range-ends',
      'closed',
    ],
    { encoding: 'utf8', cwd: folder, maxBuffer: 1e9 },
  );
  const wall = (performance.now() - started) / 1000;
  const [user = NaN, system = NaN, kib = NaN] = (child.stderr.trim().split('\n').at(-1) ?? '').split(' ').map(Number);
  const breaching = Number(/([\d,]+) breached/.exec(child.stdout)?.[1]?.replaceAll(',', ''));
  if (Number.isNaN(breaching)) throw new Error(`The backtest printed no report: ${child.stderr}`);
  return { wall, cpu: user + system, rss: kib / 1024, breaching };
}

function write(folder: string, { days, entities, rules }: History): void {
  const series: string[] = [];
  for (let index = 0; index < entities * METRICS.length; index++) {
    const metric = METRICS[index % METRICS.length]!;
    const entity = Math.floor(index / METRICS.length);
    const rows = Array.from(
      { length: days * 1440 },
      (_, step) => `${(START + step) * 60},${valueOf(index, START + step)}\n`,
    );
    writeFileSync(join(folder, `${index}.csv`), `time,value\n${rows.join('')}`);
    series.push(`  - { metric: ${metric}_usd, labels: { asset: e${entity}, g: 0 }, file: ${index}.csv }\n`);
  }
  writeFileSync(
    join(folder, 'incident.yaml'),
    `incident: bench\ntitle: Generated minutes\nseries:\n${series.join('')}`,
  );
  const [group] = ruleGroups({ series: entities * METRICS.length, rules, fan: entities, groups: 1 });
  const written = group!.rules.map((rule) => {
    if (!('alert' in rule)) return '';
    const expr = rule.expr.replaceAll(/\b(price|tvl|debt|collateral)\{/g, '$1_usd{');
    return `      - { alert: ${rule.alert}, expr: '${expr}', for: ${rule.for / 60_000}m }\n`;
  });
  writeFileSync(
    join(folder, 'rules.yaml'),
    `groups:\n  - name: bench\n    rules:\n${written.join('').replaceAll('for: 0m', 'for: 0s')}`,
  );
}
