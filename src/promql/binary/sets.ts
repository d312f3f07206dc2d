import type { Matching, SetOp } from '../ast.ts';
import type { Vector } from '../value.ts';
import { signatureOf } from './pairs.ts';

/** Compiles `and`, `or`, `unless`: which elements are there, whatever their values. */
export function compileSet(op: SetOp, matching: Matching, [left, right]: readonly [Vector, Vector]): Vector {
  const signature = signatureOf(matching);
  return {
    type: 'vector',
    run: (frame) => {
      const lefts = left.run(frame);
      const rights = right.run(frame);
      if (op === 'or') {
        const present = new Set(lefts.map(({ labels }) => signature(labels)));
        return [...lefts, ...rights.filter(({ labels }) => !present.has(signature(labels)))];
      }
      const present = new Set(rights.map(({ labels }) => signature(labels)));
      return lefts.filter(({ labels }) => present.has(signature(labels)) === (op === 'and'));
    },
  };
}
