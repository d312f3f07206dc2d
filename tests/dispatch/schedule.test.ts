import { expect, it } from 'vitest';
import { latestSlot, slotBefore } from '../../src/dispatch/schedule.ts';
import type { Schedule } from '../../src/model/config.ts';

const at = (text: string) => Date.parse(text);
const shown = (ms: number) => new Date(ms).toISOString().slice(0, 16);
const berlin: Schedule = { minute: 8 * 60, every: 'daily', timezone: 'Europe/Berlin' };

it.each([
  ['2026-11-28T07:00:00Z', '2026-11-28T07:00'],
  ['2026-11-28T06:59:59Z', '2026-11-27T07:00'],
  ['2026-07-01T23:30:00Z', '2026-07-01T06:00'],
])('at %s it was due at %s', (now, slot) => expect(shown(latestSlot(berlin, at(now)))).toBe(slot));

it('keeps to the clock on the wall when that is put forward and back', () => {
  const night: Schedule = { ...berlin, minute: 150 };
  expect(shown(latestSlot(night, at('2026-03-29T12:00:00Z')))).toBe('2026-03-29T01:30');
  expect(shown(latestSlot(night, at('2026-03-30T12:00:00Z')))).toBe('2026-03-30T00:30');
  expect(shown(slotBefore(berlin, at('2026-03-29T06:00:00Z')))).toBe('2026-03-28T07:00');
  expect(shown(slotBefore(berlin, at('2026-10-25T07:00:00Z')))).toBe('2026-10-24T06:00');
});

it('is due on Mondays when weekly', () => {
  const weekly: Schedule = { ...berlin, every: 'weekly' };
  expect(shown(latestSlot(weekly, at('2026-11-28T12:00:00Z')))).toBe('2026-11-23T07:00');
  expect(shown(slotBefore(weekly, at('2026-11-23T07:00:00Z')))).toBe('2026-11-16T07:00');
});
