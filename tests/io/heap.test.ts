import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);
const HEAP = fileURLToPath(new URL('../../src/io/heap.ts', import.meta.url));

/** Counts full collections while 200 MB are kept, in a process of its own: the flags are those of the process. */
const script = (prepare: string) => `
import { PerformanceObserver, constants } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { growFreely, stayLean } from ${JSON.stringify(HEAP)};
let count = 0;
new PerformanceObserver((list) => {
  for (const { detail } of list.getEntries()) if (detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR) count++;
}).observe({ entryTypes: ['gc'] });
${prepare}
const kept = [];
for (let step = 0; step < 400; step++) {
  for (let index = 0; index < 4000; index++) kept.push({ index, text: [index, step, index, step] });
  await sleep(4);
}
console.log(count, kept.length);
`;

async function collections(prepare: string): Promise<number> {
  const { stdout } = await run(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script(prepare)]);
  return Number(stdout.split(' ')[0]);
}

it(
  'collects more often while lean than while it may grow, and is lean again afterwards',
  { timeout: 60_000 },
  async () => {
    const [lean, free, leanAgain, never] = await Promise.all([
      collections('stayLean()'),
      collections('stayLean(); growFreely(true)'),
      collections('stayLean(); growFreely(true); growFreely(false)'),
      collections('growFreely(true); growFreely(false)'),
    ]);
    expect(free).toBeLessThan(lean * 0.8);
    expect(leanAgain).toBeGreaterThan(free);
    expect(never).toBeLessThan(lean * 0.8);
  },
);
