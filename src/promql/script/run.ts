import { PromqlError, Unsupported } from '../errors.ts';
import { plan, type Plan } from '../plan.ts';
import { difference } from './compare.ts';
import { HISTOGRAMS, Loaded } from './load.ts';
import { readScript, type Case } from './read.ts';

/** How one evaluation of a script went. */
export interface Outcome {
  readonly line: number;
  readonly query: string;
  readonly result: 'passed' | 'failed' | 'skipped';
  /** Why it failed, or what of it is left out on purpose. */
  readonly reason?: string;
  /** The script expects annotations, which are not made here. */
  readonly annotated: boolean;
}

/** Runs one of Prometheus' test scripts. @throws {ScriptError} when it is not written right */
export function runScript(text: string): readonly Outcome[] {
  let loaded = new Loaded();
  const outcomes: Outcome[] = [];
  for (const command of readScript(text)) {
    if (command.kind === 'clear') loaded = new Loaded();
    else if (command.kind === 'load') loaded.add(command);
    else outcomes.push(runCase(command, loaded));
  }
  return outcomes;
}

function runCase(one: Case, loaded: Loaded): Outcome {
  const { line, query, annotated } = one;
  const about = { line, query, annotated };
  let planned: Plan;
  try {
    planned = plan(query);
  } catch (error) {
    if (error instanceof Unsupported) return { ...about, result: 'skipped', reason: error.what };
    if (!(error instanceof PromqlError)) throw error;
    return one.fails ? { ...about, result: 'passed' } : { ...about, result: 'failed', reason: error.message };
  }
  const leftOut = leftOutOf(one, planned, loaded);
  if (leftOut !== undefined) return { ...about, result: 'skipped', reason: leftOut };
  const reason = difference(one, planned, loaded);
  return reason === undefined ? { ...about, result: 'passed' } : { ...about, result: 'failed', reason };
}

/** What the case reads or expects that is left out on purpose. */
function leftOutOf({ results }: Case, { leaves }: Plan, loaded: Loaded): string | undefined {
  if (results.some(({ text }) => text.includes('{{'))) return HISTOGRAMS;
  for (const { selection } of leaves) {
    for (const series of selection.select(loaded)) {
      const named = loaded.leftOut.get(series);
      if (named !== undefined) return named;
    }
  }
  return undefined;
}
