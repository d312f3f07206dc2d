import { parseArgs } from 'node:util';
import { runSeed } from '../tests/e2e/kills.ts';
import type { Outcome } from '../tests/e2e/kills.ts';

/** `tsx scripts/kills.ts --runs 5 --seed 1 --queue redis`: kills the worker of a short replay at random moments; exit 1 if anything was lost. */
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' },
    queue: { type: 'string', default: 'postgres' },
    json: { type: 'boolean', default: false },
  },
});
const outcomes: Outcome[] = [];
for (let run = 0; run < Number(values.runs); run++) {
  const queue = values.queue === 'redis' ? 'redis' : 'postgres';
  const outcome = await runSeed({
    seed: Number(values.seed) + run,
    queue,
    kills: 2,
    stops: 1,
    flushes: queue === 'redis' ? 1 : 0,
  });
  if (!values.json) process.stdout.write(`${JSON.stringify(outcome)}\n`);
  outcomes.push(outcome);
}
const sum = (key: 'tellings' | 'lost' | 'delivered' | 'duplicates' | 'unexplained') =>
  outcomes.reduce((total, outcome) => total + outcome[key], 0);
const total = {
  ...{ runs: outcomes.length, tellings: sum('tellings'), delivered: sum('delivered') },
  ...{ lost: sum('lost'), duplicates: sum('duplicates'), unexplained: sum('unexplained') },
};
process.stdout.write(`${JSON.stringify(values.json ? { ...total, outcomes } : total)}\n`);
process.exitCode = total.lost + total.unexplained === 0 ? 0 : 1;
