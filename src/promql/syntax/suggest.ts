import { AGGREGATIONS } from '../aggregate.ts';
import { FUNCTIONS } from '../functions/index.ts';

/** The function or aggregation whose name is nearest, when one is near. */
export function suggestFunction(name: string): string | undefined {
  const known = [...FUNCTIONS.keys(), ...AGGREGATIONS.keys()];
  const ranked = known.map((candidate) => ({ candidate, edits: edits(name.toLowerCase(), candidate) }));
  const best = ranked.reduce((a, b) => (b.edits < a.edits ? b : a));
  return best.edits <= Math.max(1, Math.floor(name.length / 3)) ? best.candidate : undefined;
}

/** Insertions, deletions and replacements that turn `a` into `b` (Levenshtein). */
function edits(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
