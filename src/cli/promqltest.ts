import { readFileSync } from 'node:fs';
import { runScript, ScriptError, type Outcome } from '../promql/script/index.ts';

/** Runs Prometheus' test scripts and prints what failed and what is left out. Returns the exit code: 1 when something failed. */
export function promqltest(files: readonly string[], stdout: NodeJS.WritableStream): number {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  let annotated = 0;
  const left = new Map<string, number>();
  for (const file of files) {
    const outcomes = tryRun(file);
    if (outcomes instanceof ScriptError) {
      counts.failed++;
      stdout.write(`${file}: ${outcomes.message}\n`);
      continue;
    }
    for (const outcome of outcomes) {
      counts[outcome.result]++;
      if (outcome.annotated && outcome.result !== 'skipped') annotated++;
      if (outcome.result === 'failed') stdout.write(failureLine(file, outcome));
      if (outcome.result === 'skipped') left.set(outcome.reason!, (left.get(outcome.reason!) ?? 0) + 1);
    }
  }
  if (annotated > 0) stdout.write(`cases that expect annotations, which are not made here: ${annotated}\n`);
  for (const [what, count] of left) stdout.write(`skipped ${count}: ${what}\n`);
  stdout.write(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
  return counts.failed > 0 ? 1 : 0;
}

/** A script that cannot be read is one failure, and the others are run. */
function tryRun(file: string): readonly Outcome[] | ScriptError {
  try {
    return runScript(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error instanceof ScriptError) return error;
    throw error;
  }
}

function failureLine(file: string, { line, query, reason }: Outcome): string {
  return `${file}:${line}: ${query}: ${reason}\n`;
}
