import { z } from 'zod';
import type { NotifierKind } from '../model/config.ts';
import { NotifyError } from '../model/notification.ts';
import { describe } from './content.ts';
import { renderText } from './text.ts';

const options = z.strictObject({});

/** Keeps messages for the dashboard. */
export const inbox: NotifierKind<z.infer<typeof options>> = {
  kind: 'inbox',
  about: 'the inbox on the dashboard',
  options,
  make: (_options, io) => ({
    send: async (notification) => {
      const { id, receiver, at, level, status, groupLabels } = notification;
      const { title } = describe(notification, 0);
      try {
        await io.keep({ id, receiver, at, level, status, title, text: renderText(notification), labels: groupLabels });
      } catch (cause) {
        throw new NotifyError('The inbox could not keep the message. It is tried again; check the database.', {
          retryable: true,
          cause,
        });
      }
      return id;
    },
  }),
};
