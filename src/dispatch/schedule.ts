import type { Schedule } from '../model/config.ts';
import { calendar } from './times.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;
const MONDAY = 1;

/** The newest time of a schedule that is not after `now`. Unix ms. */
export function latestSlot(schedule: Schedule, now: number): number {
  const { year, month, day } = calendar(now, schedule.timezone);
  for (let back = 0; ; back++) {
    const date = Date.UTC(year, month - 1, day) - back * DAY;
    if (schedule.every === 'weekly' && new Date(date).getUTCDay() !== MONDAY) continue;
    const slot = instantOf(date + schedule.minute * MINUTE, schedule.timezone);
    if (slot <= now) return slot;
  }
}

/** The time of a schedule before this one. Unix ms. */
export function slotBefore(schedule: Schedule, slot: number): number {
  return latestSlot(schedule, slot - 1);
}

/** When clocks of a zone show this, given as if they showed UTC; where a clock skips it, the same time by the clock of before. */
function instantOf(shown: number, timezone: string): number {
  const before = shown - offsetAt(shown - DAY, timezone);
  const after = shown - offsetAt(before, timezone);
  return after + offsetAt(after, timezone) === shown ? after : before;
}

/** How far clocks of a zone are ahead of UTC: ms. */
function offsetAt(at: number, timezone: string): number {
  const { year, month, day, minute } = calendar(at, timezone);
  return Date.UTC(year, month - 1, day, 0, minute) - Math.floor(at / MINUTE) * MINUTE;
}
