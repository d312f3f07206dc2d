import { renderMessageTemplate } from '../dispatch/template-message.ts';
import type { MessageTemplates, NotifierIo } from '../model/config.ts';
import type { Notification, Notifier, ToldAlert } from '../model/notification.ts';

/** These tell each alert for itself: their templates make each one's summary and description. */
const SINGLE = new Set(['alertmanager', 'opsgenie', 'pagerduty']);
/** From then on the built-in words are used for what is left of a message: ms. */
const BUDGET = 2000;

export interface Templated {
  readonly kind: string;
  readonly templates?: MessageTemplates | undefined;
}

type Io = Pick<NotifierIo, 'now' | 'log'>;

/** Sends messages in the words of a receiver's own templates. */
export function withTemplates(notifier: Notifier, receiver: Templated, io: Io): Notifier {
  if (receiver.templates === undefined) return notifier;
  // What is sent is another message than the one that could be made ready.
  const { update, ready: _, ...others } = notifier;
  return {
    ...others,
    send: async (notification, signal) => notifier.send(customise(notification, receiver, io), signal),
    ...(update && { update: async (notification, signal) => update(customise(notification, receiver, io), signal) }),
  };
}

/** Puts a receiver's own words into a message. What cannot be rendered, or renders empty, keeps the built-in ones: a message is never lost. */
export function customise(notification: Notification, { kind, templates }: Templated, io: Io): Notification {
  if (templates === undefined) return notification;
  const render = renderer(io);
  if (!SINGLE.has(kind)) {
    const custom = { title: render(templates.title, notification), text: render(templates.text, notification) };
    return { ...notification, custom };
  }
  const inOwnWords = (alert: ToldAlert): ToldAlert => {
    const alone = { ...notification, alerts: [alert] };
    const summary = render(templates.title, alone) ?? alert.summary;
    return { ...alert, summary, description: render(templates.text, alone) ?? alert.description };
  };
  return { ...notification, alerts: notification.alerts.map(inOwnWords) };
}

function renderer({ now, log }: Io) {
  const started = now();
  let isBroken = false;
  return (template: string | undefined, notification: Notification): string | undefined => {
    if (template === undefined || isBroken) return undefined;
    try {
      const text = renderMessageTemplate(template, notification).trim();
      isBroken = now() - started > BUDGET;
      return text === '' ? undefined : text;
    } catch (error) {
      isBroken = now() - started > BUDGET;
      const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
      log({ receiver: notification.receiver, reason }, 'a template failed; the built-in words are used');
      return undefined;
    }
  };
}
