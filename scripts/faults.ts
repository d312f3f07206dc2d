import { parseArgs } from 'node:util';
import { runSuite } from '../tests/faults/suite.ts';

/** `npm run faults -- --runs 500 --seed 1 --json`: workers that end at every moment, told by a receiver that keeps everything; exit 1 if anything is wrong. */
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});
const total = await runSuite({
  runs: Number(values.runs),
  seed: Number(values.seed),
  onWrong: (seed, sentence) => process.stderr.write(`seed ${seed}: ${sentence}\n`),
});
process.stdout.write(`${values.json ? JSON.stringify(total) : JSON.stringify(total, undefined, 2)}\n`);
process.exitCode = total.lost + total.false_resolves + total.duplicates_outside === 0 ? 0 : 1;
