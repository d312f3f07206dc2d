import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);

/** Prints the MiB for new objects after much that lives for a moment: held, and released. */
const SCRIPT = `
import { getHeapSpaceStatistics } from 'node:v8';
import { setImmediate as turn } from 'node:timers/promises';
import { keepHeapSmall } from './src/cli/heap.ts';
const room = () => getHeapSpaceStatistics().find((space) => space.space_name === 'new_space').space_size / 2 ** 20;
const churn = async () => {
  for (let round = 0; round < 300; round++) {
    const living = Array.from({ length: 5000 }, (_, index) => ({ index, of: [round] }));
    await turn(living);
  }
  return room();
};
const release = keepHeapSmall();
const held = await churn();
release();
console.log(JSON.stringify([held, await churn()]));
`;

test('the room for new objects stays small until the worker has started', async () => {
  const { stdout } = await run(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', SCRIPT]);
  const [held, released] = JSON.parse(stdout) as [number, number];
  expect(held).toBeLessThanOrEqual(16);
  expect(released).toBeGreaterThan(16);
});
