import { describe, expect, it } from 'vitest';
import { ago, moment, zoned } from '../../src/http/time.ts';
import { NOW } from './statuses.ts';

describe('zoned', () => {
  it.each([
    ['UTC', '3 Nov 2025, 21:34:05 UTC'],
    ['Europe/Berlin', '3 Nov 2025, 22:34:05 UTC+01:00'],
    ['Asia/Kolkata', '4 Nov 2025, 03:04:05 UTC+05:30'],
  ])('in %s', (timezone, text) => {
    expect(zoned(NOW, timezone)).toBe(text);
  });
});

describe('ago', () => {
  it.each([
    [0, 'just now'],
    [12_000, '12s ago'],
    [93_784_000, '1d 2h ago'],
    [-60_000, 'in 1m'],
  ])('%i ms: %s', (age, text) => {
    expect(ago(NOW - age, NOW)).toBe(text);
  });
});

describe('moment', () => {
  it.each([
    [3_600_000, '2025-11-03T20:34:05.000Z', '1h ago', '21:34:05 UTC+01:00'],
    [86_400_000, '2025-11-02T21:34:05.000Z', '1d ago', '2 Nov 2025, 22:34:05 UTC+01:00'],
  ])('says the date unless it is the same day in that zone', (age, iso, rough, time) => {
    expect(moment(NOW - age, { now: NOW, timezone: 'Europe/Berlin' }).text).toBe(
      `<time datetime="${iso}">${rough} <span class="quiet">(${time})</span></time>`,
    );
  });
});
