import { describe, expect, it } from 'vitest';
import { isIn } from '../../src/dispatch/times.ts';
import type { Period } from '../../src/model/config.ts';

const at = (text: string) => Date.parse(text);
const holds = (period: Omit<Period, 'location'>, text: string, location = 'UTC') =>
  isIn({ name: 'x', periods: [{ location, ...period }] }, at(text));

describe('isIn', () => {
  it.each([
    ['the first minute', '2026-05-01T09:00Z', true],
    ['the last minute', '2026-05-01T16:59:59Z', true],
    ['the end', '2026-05-01T17:00Z', false],
    ['the minute before', '2026-05-01T08:59:59Z', false],
  ])('%s of a time range', (_title, text, expected) => {
    expect(holds({ times: [[9 * 60, 17 * 60]] }, text)).toBe(expected);
  });

  it.each([
    ['Europe/Berlin', '2026-01-15T08:30Z', true],
    ['Europe/Berlin', '2026-07-15T08:30Z', false],
    ['Europe/Berlin', '2026-07-15T07:30Z', true],
    ['Australia/Sydney', '2026-01-14T22:30Z', true],
    ['Asia/Kolkata', '2026-01-15T04:00Z', true],
  ])('reads the clock on the wall in %s at %s', (zone, text, expected) => {
    expect(holds({ times: [[9 * 60, 10 * 60]] }, text, zone)).toBe(expected);
  });

  it('knows the day of the week there', () => {
    const sunday = { weekdays: [[0, 0]] } as const;
    expect(holds(sunday, '2026-05-02T23:30Z')).toBe(false);
    expect(holds(sunday, '2026-05-02T23:30Z', 'Europe/Berlin')).toBe(true);
    expect(holds({ weekdays: [[1, 5]] }, '2026-05-01T12:00Z')).toBe(true);
    expect(holds({ weekdays: [[1, 5]] }, '2026-05-02T12:00Z')).toBe(false);
  });

  it.each([
    [[1, 5], '2026-05-05T12:00Z', true],
    [[1, 5], '2026-05-06T12:00Z', false],
    [[-3, -1], '2026-02-26T12:00Z', true],
    [[-3, -1], '2026-02-25T12:00Z', false],
    [[-3, -1], '2024-02-27T12:00Z', true],
    [[28, 31], '2026-02-28T12:00Z', true],
    [[31, 31], '2026-04-30T12:00Z', false],
    [[-31, -28], '2026-02-01T12:00Z', true],
  ] as const)('days %j hold %s: %s', (span, text, expected) => {
    expect(holds({ daysOfMonth: [span] }, text)).toBe(expected);
  });

  it('needs everything that is said, and any of several periods', () => {
    const summer = { months: [[6, 8]], years: [[2026, 2027]] } as const;
    expect(holds(summer, '2026-07-01T00:00Z')).toBe(true);
    expect(holds(summer, '2025-07-01T00:00Z')).toBe(false);
    expect(holds(summer, '2026-09-01T00:00Z')).toBe(false);
    const both = {
      name: 'x',
      periods: [
        { location: 'UTC', ...summer },
        { location: 'UTC', months: [[1, 1]] as const },
      ],
    };
    expect(isIn(both, at('2026-01-09T00:00Z'))).toBe(true);
  });
});
