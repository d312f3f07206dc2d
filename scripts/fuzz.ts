import { parseArgs } from 'node:util';
import { gibberish, mutate, randomFrom } from '../tests/fuzz/mutate.ts';
import { TARGETS } from '../tests/fuzz/targets.ts';
import type { Target } from '../tests/fuzz/targets.ts';

/** `npm run fuzz -- --runs 1000000 --seed 1`: feeds random and mutated texts; exit 1 on a crash, a hang or a reach into a prototype. */
const { values } = parseArgs({
  options: { runs: { type: 'string', default: '20000' }, seed: { type: 'string', default: '1' } },
});
/** A text that takes longer hangs the worker, ms. */
const HANG_MS = 100;
const TRIES = 3;
const MOST_SHOWN = 20;

const random = randomFrom(Number(values.seed));
const untouched = Object.getOwnPropertyNames(Object.prototype).join();
const sums = new Map(TARGETS.map(({ name }) => [name, { runs: 0, accepted: 0, refused: 0, slowest_ms: 0 }]));
const failures: { target: string; text: string; what: string }[] = [];
/** Reading them costs more than the others. */
const SLOW = new Set(['rule file', 'unit tests', 'prometheus script']);
const weights: readonly number[] = TARGETS.map(({ name }) => (SLOW.has(name) ? 1 : 8));

for (let run = 0; run < Number(values.runs); run++) {
  const target = pick();
  const text =
    random() < 0.1 ? gibberish(random) : mutate(target.seeds[Math.floor(random() * target.seeds.length)]!, random);
  feed(target, text);
}
const rss = Math.round(process.memoryUsage().rss / 2 ** 20);
const targets = Object.fromEntries(
  [...sums].map(([name, { slowest_ms: ms, ...rest }]) => [name, { ...rest, slowest_ms: Math.round(ms) }]),
);
process.stdout.write(
  `${JSON.stringify({ runs: Number(values.runs), seed: Number(values.seed), failed: failures.length, rss_mb: rss, targets })}\n`,
);
for (const failure of failures.slice(0, MOST_SHOWN)) process.stderr.write(`${JSON.stringify(failure)}\n`);
process.exitCode = failures.length === 0 ? 0 : 1;

function pick(): Target {
  let left = random() * weights.reduce((a, b) => a + b);
  return TARGETS.find((_, index) => (left -= weights[index]!) < 0) ?? TARGETS[0]!;
}

function feed(target: Target, text: string): void {
  const sum = sums.get(target.name)!;
  const started = performance.now();
  try {
    sum[target.take(text)]++;
  } catch (error) {
    failures.push({ target: target.name, text, what: String((error as Error).stack).slice(0, 600) });
  }
  sum.runs++;
  const first = performance.now() - started;
  // A pause of the collector, or of the machine, is no hang: what was slow once must be slow each time.
  let ms = first;
  for (let tries = 0; ms > HANG_MS && tries < TRIES; tries++) ms = Math.min(ms, again(target, text));
  sum.slowest_ms = Math.max(sum.slowest_ms, ms);
  if (ms > HANG_MS) failures.push({ target: target.name, text, what: `took ${Math.round(ms)} ms` });
  if (Object.getOwnPropertyNames(Object.prototype).join() !== untouched)
    failures.push({ target: target.name, text, what: 'reached Object.prototype' });
}

/** How long it keeps a core, ms: on a busy machine the wall clock measures the others. */
function again(target: Target, text: string): number {
  const started = process.cpuUsage();
  try {
    target.take(text);
  } catch {
    // Said already.
  }
  const { user, system } = process.cpuUsage(started);
  return (user + system) / 1000;
}
