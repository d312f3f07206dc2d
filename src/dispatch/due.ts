import type { DueState, Telling } from '../model/claim.ts';

/**
 * When a group must next be told after a transition: `group_wait` after the first one, `group_interval` after the last message,
 * at once for a new critical alert, never later than what was already due. Unix ms, judging clock.
 */
export function dueAfter(
  due: DueState | undefined,
  telling: Pick<Telling, 'flush' | 'groupWait' | 'groupInterval'>,
  now: number,
): number {
  const planned = due?.dueAt ?? Infinity;
  if (telling.flush) return Math.min(planned, now);
  if (due?.lastSentAt === undefined) return Math.min(planned, now + telling.groupWait);
  return Math.min(planned, Math.max(now, due.lastSentAt + telling.groupInterval));
}
