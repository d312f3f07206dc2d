import { expect, it } from 'vitest';
import { Heard } from '../../src/jobs/heard.ts';
import type { Alert } from '../../src/model/alert.ts';

const firing = (index: number): Alert => ({
  ...{ rule: 'Depeg', labels: { entity: `e${index}` }, state: 'firing', level: null, pending: {} },
  ...{ lastKnownAt: 0, startUnseen: false },
  posted: { startsAt: 0, endsAt: 1000 + index, annotations: {}, updatedAt: 0 },
});

it('knows when the first has to be heard of again, however many there are', () => {
  const heard = new Heard();
  heard.read(Array.from({ length: 150_000 }, (_, index) => firing(index)));
  heard.forget(0);
  expect(heard.earliestEnd).toBe(1000);
});
