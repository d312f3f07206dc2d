import type { Notification } from '../model/notification.ts';
import { describe } from './content.ts';
import type { Content } from './content.ts';

const FULL = 5;

/** The most of a message that fits: as many alerts in full as can be, at least one, then lines of the rest. */
export function fit<Laid>(
  notification: Notification,
  render: (content: Content) => Laid,
  fits: (laid: Laid) => boolean,
): Laid {
  for (let full = FULL; full > 1; full--) {
    const laid = render(describe(notification, full));
    if (fits(laid)) return laid;
  }
  const content = describe(notification, 1);
  for (let kept = content.lines.length; ; kept--) {
    const more = content.more + content.lines.length - kept;
    const laid = render({ ...content, lines: content.lines.slice(0, kept), more });
    if (kept === 0 || fits(laid)) return laid;
  }
}
