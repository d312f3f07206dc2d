import { parseArgs } from 'node:util';
import { compareAccepted } from '../tests/fuzz/promtool.ts';

/** `npx tsx scripts/promtool.ts --files 40000 --seed 1`: compares what promtool and we accept; exit 1 when they disagree. */
const { values } = parseArgs({
  options: { files: { type: 'string', default: '10000' }, seed: { type: 'string', default: '1' } },
});
const A_TIME = 1_000;
const MOST_SHOWN = 20;

const sum = { files: 0, accepted: 0, named: 0, disagreements: 0 };
for (let done = 0; done < Number(values.files); done += A_TIME) {
  const found = compareAccepted(Number(values.seed) + done, Math.min(A_TIME, Number(values.files) - done));
  for (const one of found.disagreements.slice(0, Math.max(0, MOST_SHOWN - sum.disagreements)))
    process.stderr.write(`${JSON.stringify(one)}\n`);
  sum.files += found.files;
  sum.accepted += found.accepted;
  sum.named += found.named;
  sum.disagreements += found.disagreements.length;
}
process.stdout.write(`${JSON.stringify(sum)}\n`);
process.exitCode = sum.disagreements === 0 ? 0 : 1;
