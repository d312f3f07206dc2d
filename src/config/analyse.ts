import { NAME } from '../model/labels.ts';
import { plan, PromqlError } from '../promql/index.ts';

/** What an expression says of itself. */
export interface Analysis {
  /** `from` and `to` count the expression's characters. */
  readonly error?: { readonly message: string; readonly from: number; readonly to: number };
  /** The metric each of its selectors asks for by name, and where the selector starts. */
  readonly metrics: readonly { readonly name: string; readonly from: number }[];
}

/** So many expressions are kept; with one more all are forgotten. */
const MOST = 20_000;

const known = new Map<string, Analysis>();

/** Parses an expression once, and names the metrics it reads. */
export function analyse(expr: string): Analysis {
  let analysis = known.get(expr);
  if (analysis === undefined) {
    if (known.size >= MOST) known.clear();
    known.set(expr, (analysis = analyseAnew(expr)));
  }
  return analysis;
}

function analyseAnew(expr: string): Analysis {
  try {
    const metrics = plan(expr).leaves.flatMap(({ matchers, from }) =>
      matchers.filter(({ name, op }) => name === NAME && op === '=').map(({ value }) => ({ name: value, from })),
    );
    return { metrics };
  } catch (error) {
    if (!(error instanceof PromqlError)) throw error;
    return { error: { message: error.message, from: error.from, to: error.to }, metrics: [] };
  }
}
