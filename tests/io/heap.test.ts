import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);
const HEAP = fileURLToPath(new URL('../../src/io/heap.ts', import.meta.url));
const STORM = fileURLToPath(new URL('../../src/jobs/storm.ts', import.meta.url));

/** Counts full collections, and how often one was begun beside the work, while 200 MB are kept, in a process of its own: the flags are those of the process. */
const script = (prepare: string) => `
import { PerformanceObserver, constants } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { growFreely, stayLean } from ${JSON.stringify(HEAP)};
import { Storm } from ${JSON.stringify(STORM)};
const storm = new Storm(() => undefined);
let [full, beside] = [0, 0];
new PerformanceObserver((list) => {
  for (const { detail } of list.getEntries()) {
    if (detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR) full++;
    if (detail.kind === constants.NODE_PERFORMANCE_GC_INCREMENTAL) beside++;
  }
}).observe({ entryTypes: ['gc'] });
${prepare}
const kept = [];
for (let step = 0; step < 400; step++) {
  for (let index = 0; index < 4000; index++) kept.push({ index, text: [index, step, index, step] });
  await sleep(4);
}
console.log(full, beside, kept.length);
storm.end();
`;

async function collections(prepare: string): Promise<{ readonly full: number; readonly beside: number }> {
  const { stdout } = await run(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script(prepare)]);
  const [full, beside] = stdout.split(' ').map(Number);
  return { full: full!, beside: beside! };
}

it(
  'collects more often while lean than in a storm, and is lean again from its first commit on',
  { timeout: 60_000 },
  async () => {
    const [lean, free, leanAgain, never] = await Promise.all([
      collections('stayLean()'),
      collections('stayLean(); storm.rise()'),
      // The first commit of a storm that goes on.
      collections('stayLean(); storm.rise(); storm.grow([]); storm.rise()'),
      collections('growFreely(true); growFreely(false)'),
    ]);
    expect(free.full).toBeLessThan(lean.full * 0.8);
    expect(leanAgain.full).toBeGreaterThan(free.full);
    expect(never.full).toBeLessThan(lean.full * 0.8);
    // Threads that look for garbage take the processors from those who tell people.
    expect(free.beside).toBe(0);
    for (const { beside } of [lean, leanAgain, never]) expect(beside).toBeGreaterThan(0);
  },
);
