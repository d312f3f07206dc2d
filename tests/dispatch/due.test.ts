import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dueAfter } from '../../src/dispatch/due.ts';

const timers = { groupWait: 30, groupInterval: 300, flush: false };

describe('dueAfter', () => {
  it.each([
    ['waits group_wait for the first message', undefined, timers, 1000, 1030],
    ['does not push a due first message away', { dueAt: 1010 }, timers, 1000, 1010],
    ['waits group_interval after the last message', { dueAt: 9000, lastSentAt: 900 }, timers, 1000, 1200],
    ['is due at once when group_interval has passed', { dueAt: 9000, lastSentAt: 100 }, timers, 1000, 1000],
    ['a new critical alert is due at once', { dueAt: 9000, lastSentAt: 999 }, { ...timers, flush: true }, 1000, 1000],
    ['starts again after nothing was due', { dueAt: null, lastSentAt: 100 }, timers, 1000, 1000],
  ])('%s', (_title, due, telling, now, expected) => {
    expect(dueAfter(due, telling, now)).toBe(expected);
  });

  it('is never later than what was planned', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.option(fc.nat(), { nil: undefined }),
        fc.nat(),
        fc.boolean(),
        (dueAt, sent, now, flush) => {
          const due = { dueAt, ...(sent !== undefined && { lastSentAt: sent }) };
          expect(dueAfter(due, { ...timers, flush }, now)).toBeLessThanOrEqual(dueAt);
        },
      ),
    );
  });
});
