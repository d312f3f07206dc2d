import { printLabels } from '../model/labels.ts';
import type { Notification, ToldAlert } from '../model/notification.ts';
import { withLevel } from './describe.ts';
import type { ExpectedTelling, NotificationTest } from './testFile.ts';

/** What a receiver was told last, beside what was expected. */
export function compareTold(
  said: readonly Notification[],
  { receiver, expected }: NotificationTest,
): { expected: readonly string[]; got: readonly string[] } {
  const told = said.filter((message) => message.receiver === receiver).flatMap((message) => message.alerts);
  return { expected: expected.map(tellingLine).sort(), got: told.map(toldLine).sort() };
}

function toldLine({ rule, labels, level, changes }: ToldAlert): string {
  return `${changes.join(', ') || 'reminder'}: ${printLabels(withLevel(rule, labels, level))}`;
}

function tellingLine({ alert, labels, level, changes }: ExpectedTelling): string {
  return `${changes.join(', ') || 'reminder'}: ${printLabels(withLevel(alert, labels, level))}`;
}
