import type { Notification, ToldAlert } from '../model/notification.ts';
import type { HttpRequest } from './http-receiver.ts';

export type IncidentStep = 'open' | 'close';

/** True when this receiver has no more to do about the alert. */
export function isOver({ state, elsewhere }: ToldAlert): boolean {
  return state !== 'firing' || elsewhere === true;
}

/**
 * What a service that keeps one incident for each alert must be told, in order: nothing about alerts that did not change, everything
 * in a reminder, and an opening before the close of what was over before anybody heard of it.
 */
function stepsOf(alert: ToldAlert, { reminder }: Notification): readonly IncidentStep[] {
  if (reminder) return ['open'];
  if (alert.changes.length === 0) return [];
  if (!isOver(alert)) return ['open'];
  return alert.changes.length > 1 ? ['open', 'close'] : ['close'];
}

/** Requests for each alert, in order; made one alert after the other, since there may be many. */
export function* incidentLanes(
  notification: Notification,
  requestOf: (alert: ToldAlert, step: IncidentStep) => Omit<HttpRequest, 'key'>,
): Iterable<readonly HttpRequest[]> {
  for (const alert of notification.alerts) {
    yield stepsOf(alert, notification).map((step) => ({
      key: stepKey(alert, step, notification),
      ...requestOf(alert, step),
    }));
  }
}

/** Equal when a retry has to tell the same step again, whatever else changed in the group meanwhile. */
function stepKey(alert: ToldAlert, step: IncidentStep, { reminder, id }: Notification): string {
  return [alert.id, step, reminder ? id : (alert.changedAt ?? []).join()].join(' ');
}
