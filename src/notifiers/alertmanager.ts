import { z } from 'zod';
import type { NotifierKind } from '../model/config.ts';
import { NotifyError } from '../model/notification.ts';
import type { Notification } from '../model/notification.ts';
import { duration, secret, text, webUrl } from '../model/schema.ts';
import { Secret } from '../model/secret.ts';
import { alertsFor } from './alertmanager-alerts.ts';
import { isSafeAddress } from './loopback.ts';
import { keySecrets, postJson } from './post.ts';
import type { HttpPost } from './post.ts';

const options = z
  .strictObject({
    /** Each member of the cluster, since they do not pass alerts on to each other. */
    urls: z.array(webUrl()).min(1).max(20),
    user: text().optional(),
    password: secret().optional(),
    /** A firing alert that nobody mentions again for this long is forgotten there. */
    expires_after: duration().default(7 * 86_400_000),
  })
  .refine(({ user, password }) => (user === undefined) === (password === undefined), {
    path: ['user'],
    error: 'user and password go together: give both or none',
  })
  .refine(({ urls, password }) => password === undefined || urls.every(isSafeAddress), {
    path: ['urls'],
    error: 'the password would travel in the clear: use https',
  });

type Options = z.infer<typeof options>;

const advice = {
  400: 'Alertmanager does not accept these alerts: report the words in quotes.',
  401: 'Check user and password of the receiver.',
  403: 'Check user and password of the receiver.',
  404: 'Check the address: it is the one that amtool is given, without /api/v2.',
};

/** Hands alerts on to Alertmanager, which then tells people by its own routes. */
export const alertmanager: NotifierKind<Options> = {
  kind: 'alertmanager',
  about: 'hands alerts on to Alertmanager',
  options,
  make: (given, io) => {
    const members = membersOf(given);
    const bodies = new WeakMap<Notification, string>();
    const bodyOf = (notification: Notification) => JSON.stringify(alertsFor(notification, given.expires_after));
    return {
      ready: (notification) => void bodies.set(notification, bodyOf(notification)),
      send: async (notification, signal) => {
        const body = bodies.get(notification) ?? bodyOf(notification);
        const results = await Promise.allSettled(
          members.map(async (member) => postJson(io.fetch, { ...member, body, signal })),
        );
        const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
        if (failures.length === members.length) throw worstOf(failures);
        for (const failure of failures)
          io.log({ receiver: notification.receiver, err: failure }, 'a member of Alertmanager did not take the alerts');
        return notification.id;
      },
    };
  },
};

/** What is the same of every request to each member of a cluster. */
function membersOf(given: Options): readonly Omit<HttpPost, 'signal' | 'body'>[] {
  const login = loginOf(given);
  const headers = login === undefined ? {} : { authorization: `Basic ${login.reveal()}` };
  const secrets = [login, given.password].flatMap((one) => (one === undefined ? [] : keySecrets(one)));
  return given.urls.map((url) => {
    const service = `Alertmanager at ${new URL(url).host}`;
    return { service, url: endpoint(url), headers, secrets, advice };
  });
}

function endpoint(url: string): string {
  return `${url.replace(/\/+$/, '')}/api/v2/alerts`;
}

function loginOf({ user, password }: Options): Secret | undefined {
  return password && new Secret(Buffer.from(`${user}:${password.reveal()}`).toString('base64'));
}

/** Trying again is worth it as long as it is for one member. */
function worstOf(failures: readonly unknown[]): unknown {
  return failures.find((failure) => !(failure instanceof NotifyError) || failure.retryable) ?? failures[0];
}
