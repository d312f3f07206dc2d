import { loadRules } from '../../src/config/loadRules.ts';
import { makeLive } from '../../src/jobs/live.ts';
import { Windows } from '../../src/series/index.ts';
import { figure } from './figure.ts';

const FILES = 20;
export const RULES = 5000;

/** A rule set of 20 files in which one rule is edited: from the texts to rules that run, without the store. */
export function measureReload(): void {
  const edited = filesOf('0.95');
  const first = timed(() => makeLive(read(filesOf('0.9'))));
  const windows = new Windows(first.result.needs);
  const again = timed(() => read(edited));
  const made = timed(() => {
    const live = makeLive(again.result, first.result);
    windows.cover(windows.missing(live.needs), new Windows(live.needs));
    return live;
  });
  const kept = [...made.result.groups].filter(([name, group]) => first.result.groups.get(name) === group).length;
  const about = { rules: RULES, files: FILES, groups_kept: kept };
  figure('reload_first_cpu_ms', first.cpuMs, about);
  figure('reload_read_cpu_ms', again.cpuMs, about);
  figure('reload_make_cpu_ms', made.cpuMs, about);
  figure('reload_ms', again.ms + made.ms, { ...about, limit: 1000 });
}

function read(files: Readonly<Record<string, string>>): ReturnType<typeof loadRules>['rules'] {
  const lookup = { env: {}, readFile: () => '' };
  return loadRules({ ...lookup, files, config: { chains: {} }, sources: {}, now: Date.UTC(2026, 0, 1) }).rules;
}

/** Rule files by path; the threshold is that of one of them. */
export function filesOf(threshold: string): Readonly<Record<string, string>> {
  const each = RULES / FILES;
  return Object.fromEntries(
    Array.from({ length: FILES }, (_, file) => [
      `rules/${file}.yaml`,
      textOf(file, each, file === 7 ? threshold : '0.9'),
    ]),
  );
}

function textOf(file: number, count: number, threshold: string): string {
  const rules = Array.from({ length: count }, (_, index) => {
    const asset = `asset${file * count + index}`;
    return `      - alert: Utilization${file}x${index}
        expr: utilization_ratio{asset="${asset}"} / on(asset) avg_over_time(utilization_ratio{asset="${asset}"}[1d]) > ${threshold}
        for: 15m
        labels: { severity: warning }
        annotations: { summary: 'Utilization of ${asset} is high' }
`;
  });
  return `groups:\n  - name: g${file}\n    interval: 1m\n    rules:\n${rules.join('')}`;
}

function timed<Result>(run: () => Result): { readonly result: Result; readonly ms: number; readonly cpuMs: number } {
  const cpu = process.cpuUsage();
  const started = performance.now();
  const result = run();
  const { user, system } = process.cpuUsage(cpu);
  return { result, ms: performance.now() - started, cpuMs: (user + system) / 1000 };
}
