import { expect, it, vi } from 'vitest';
import { createNumbers } from '../../src/jobs/numbers.ts';

function world() {
  let last = 0;
  const reserveTransitions = vi.fn<(count: number) => Promise<readonly number[]>>(async (count) =>
    Array.from({ length: count }, () => ++last),
  );
  return { numbers: createNumbers({ reserveTransitions }), reserveTransitions };
}

it('gives what was reserved, and keeps nothing of it for later', async () => {
  const { numbers, reserveTransitions } = world();
  numbers.expect(3);
  expect(await numbers.take(2)).toEqual([1, 2, 3]);
  expect(reserveTransitions).toHaveBeenCalledOnce();
  expect(await numbers.take(2)).toEqual([4, 5]);
});

it('reserves anew when more are wanted than were expected, or when nobody could reserve', async () => {
  const { numbers, reserveTransitions } = world();
  numbers.expect(1);
  expect(await numbers.take(2)).toEqual([2, 3]);
  reserveTransitions.mockRejectedValueOnce(new Error('The database is away.'));
  numbers.expect(2);
  expect(await numbers.take(2)).toEqual([4, 5]);
});
