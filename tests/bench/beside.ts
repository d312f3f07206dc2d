import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { figure } from './figure.ts';

/** A line of figures that a program printed. */
type Line = Readonly<Record<string, unknown>>;

/** The durable write of a round's samples, and rounds of Prometheus (a script in `peers` runs it and prints `round_s`) and of ours in turn, each in a process of its own; the ratio pair by pair. */
export function measureBeside(peers: string, pairs: number): void {
  const ratios: number[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    const theirs = last(join(peers, 'prometheus-eval.mjs'), [
      '--entities',
      '2500',
      '--rules',
      '1000',
      '--fan',
      '10',
      '--groups',
      '20',
    ]);
    const ours = lines(['--import', 'tsx', 'scripts/bench.ts', 'rounds']);
    const ms = Number(ours.find((line) => line['figure'] === 'rounds_p50_ms')!['value']);
    const cpuMs = Number(ours.find((line) => line['figure'] === 'rounds_p50_cpu_ms')!['value']);
    const ratio = (Number(theirs['round_s']) * 1000) / ms;
    ratios.push(ratio);
    const { round_s, cpu_s_per_round, rss_mib, others_cores, prometheus } = theirs;
    figure('beside_ratio', ratio, { pair, ms, cpuMs, round_s, cpu_s_per_round, rss_mib, others_cores, prometheus });
  }
  for (const line of lines(['--import', 'tsx', 'scripts/bench.ts', 'durable']))
    process.stdout.write(`${JSON.stringify(line)}\n`);
  figure('beside_ratio_median', ratios.toSorted((a, b) => a - b)[Math.floor(pairs / 2)]!, {
    pairs,
    min: Math.min(...ratios),
    max: Math.max(...ratios),
  });
}

function last(script: string, options: readonly string[]): Line {
  return lines([script, ...options]).at(-1)!;
}

function lines(command: readonly string[]): readonly Line[] {
  const printed = execFileSync(process.execPath, command, { encoding: 'utf8', maxBuffer: 2 ** 26 });
  return printed.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Line] : []));
}
