import { readFileSync } from 'node:fs';
import { runScript, type Outcome } from '../promql/script/index.ts';

/** Runs Prometheus' test scripts and prints what failed and what is left out. Returns the exit code: 1 when something failed. */
export function promqltest(files: readonly string[], stdout: NodeJS.WritableStream): number {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  let annotated = 0;
  const left = new Map<string, number>();
  for (const file of files) {
    for (const outcome of runScript(readFileSync(file, 'utf8'))) {
      counts[outcome.result]++;
      if (outcome.annotated && outcome.result !== 'skipped') annotated++;
      if (outcome.result === 'failed') stdout.write(failureLine(file, outcome));
      if (outcome.result === 'skipped') left.set(outcome.reason!, (left.get(outcome.reason!) ?? 0) + 1);
    }
  }
  if (annotated > 0) {
    stdout.write(
      `${annotated} ${annotated === 1 ? 'case expects' : 'cases expect'} annotations, which are not made here\n`,
    );
  }
  for (const [what, count] of left) stdout.write(`skipped ${count}: ${what}\n`);
  stdout.write(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
  return counts.failed > 0 ? 1 : 0;
}

function failureLine(file: string, { line, query, reason }: Outcome): string {
  return `${file}:${line}: ${query}: ${reason}\n`;
}
