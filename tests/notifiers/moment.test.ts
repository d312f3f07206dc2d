import { describe, expect, it } from 'vitest';
import { printMoment } from '../../src/notifiers/moment.ts';

describe('printMoment', () => {
  it.each([
    [Date.UTC(2025, 10, 3, 17, 45), 'Europe/Berlin', '2025-11-03 18:45 CET (17:45 UTC)'],
    [Date.UTC(2025, 6, 3, 17, 45), 'Europe/Berlin', '2025-07-03 19:45 CEST (17:45 UTC)'],
    [Date.UTC(2025, 10, 3, 17, 45), 'UTC', '2025-11-03 17:45 UTC'],
    [Date.UTC(2025, 10, 3, 23, 5), 'Asia/Tokyo', '2025-11-04 08:05 GMT+9 (2025-11-03 23:05 UTC)'],
    [Date.UTC(2025, 10, 3, 0, 0), 'UTC', '2025-11-03 00:00 UTC'],
  ])('%d in %s reads %s', (at, timezone, printed) => {
    expect(printMoment(at, timezone)).toBe(printed);
  });
});
