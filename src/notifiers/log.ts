import { z } from 'zod';
import type { NotifierKind } from '../model/config.ts';
import { describe } from './content.ts';

const options = z.strictObject({});

/** Writes one line to the log. */
export const log: NotifierKind<z.infer<typeof options>> = {
  kind: 'log',
  about: 'one line in the log',
  options,
  make: (_options, io) => ({
    send: async (notification) => {
      const { id, receiver, status, level, alerts } = notification;
      const told = alerts.map((alert) => ({
        alert: alert.id,
        rule: alert.rule,
        state: alert.state,
        changes: alert.changes,
      }));
      io.log({ notification: id, receiver, status, level, alerts: told.slice(0, 50) }, describe(notification, 0).title);
      return id;
    },
  }),
};
