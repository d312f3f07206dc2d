import { createHash } from 'node:crypto';
import type * as Nodemailer from 'nodemailer';
import { z } from 'zod';
import type { NotifierIo, NotifierKind } from '../model/config.ts';
import type { Digest } from '../model/digest.ts';
import type { Notification } from '../model/notification.ts';
import { secret, text } from '../model/schema.ts';
import { chartSvg } from './chart-svg.ts';
import { clip } from './content.ts';
import { digestText } from './digest.ts';
import { digestHtml, renderHtml } from './email-html.ts';
import { isLoopback } from './loopback.ts';
import { smtpFailure } from './smtp-failure.ts';
import { renderText } from './text.ts';

const address = () =>
  text().pipe(
    z.string().regex(/^(?:[^@<>\p{Cc}]*<[^@\s<>,]+@[^@\s<>,]+>|[^@\s<>,]+@[^@\s<>,]+)$/u, {
      error: 'expected an e-mail address: ops@example.org or "Ops <ops@example.org>"',
    }),
  );

const options = z
  .strictObject({
    host: text(),
    port: z.int().min(1).max(65_535).optional(),
    user: text().optional(),
    password: secret().optional(),
    /** `tls` speaks it from the start (port 465), `starttls` demands the upgrade (port 587). */
    tls: z.enum(['starttls', 'tls', 'none']).default('starttls'),
    /** Allows `tls: none` beyond this machine. */
    insecure: z.boolean().default(false),
    /** PEM certificate of a private authority. */
    ca: text().optional(),
    from: address(),
    to: z.union([address().transform((one) => [one]), z.array(address()).min(1).max(100)]),
  })
  .refine(({ host, tls, insecure }) => tls !== 'none' || insecure || isLoopback(host), {
    path: ['tls'],
    error: 'mail would travel in the clear: use starttls or tls, or say insecure: true',
  })
  .refine(({ user, password }) => (user === undefined) === (password === undefined), {
    path: ['user'],
    error: 'user and password go together: give both or none',
  });

type Options = z.infer<typeof options>;

const DEFAULT_PORT = { starttls: 587, tls: 465, none: 25 } as const;

/** Sends mail by SMTP; the messages of one group from first firing to all resolved are one mail thread. */
export const email: NotifierKind<Options> = {
  kind: 'email',
  about: 'e-mail by SMTP, threaded',
  options,
  digests: true,
  make: (given, io) => {
    // Now, and not for the first mail: by then an upgrade may have taken its file away.
    const library = import('nodemailer');
    library.catch(() => undefined);
    let opened: ReturnType<typeof transportOf> | undefined;
    const transport = async () => (opened ??= transportOf(given, library));
    return {
      pictures: true,
      send: async (notification, signal) => {
        const pictures = await picturesOf(notification, given, io);
        try {
          const mail = mailOf(notification, given, { pictures, acknowledge: io.acknowledgeLink?.(notification) });
          const sent = await (await transport()).sendMail({ ...mail, signal });
          if (sent.rejected.length > 0)
            io.log(
              { receiver: notification.receiver, refused: sent.rejected.map(String) },
              'some recipients were refused',
            );
          return messageId(notification.id, given);
        } catch (error) {
          throw smtpFailure(error, given, signal);
        }
      },
      digest: async (digest, signal) => {
        try {
          await (await transport()).sendMail({ ...digestMail(digest, given), signal });
        } catch (error) {
          throw smtpFailure(error, given, signal);
        }
      },
      close: async () => (await opened)?.close(),
    };
  },
};

/** Opened for the first mail. */
async function transportOf(
  { host, port, tls, ca, user, password }: Options,
  library: Promise<Pick<typeof Nodemailer, 'createTransport'>>,
) {
  const { createTransport } = await library;
  return createTransport({
    pool: true,
    maxConnections: 2,
    // A message cut off in the middle may have been accepted: trying again is for the caller to decide.
    maxRequeues: 0,
    host,
    port: port ?? DEFAULT_PORT[tls],
    secure: tls === 'tls',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'none',
    connectionTimeout: 15_000,
    greetingTimeout: 15_000,
    socketTimeout: 60_000,
    socketCloseTimeout: 0,
    disableFileAccess: true,
    disableUrlAccess: true,
    ...(ca !== undefined && { tls: { ca } }),
    ...(password !== undefined && { auth: { user: user ?? '', pass: password.reveal() } }),
  });
}

interface Picture {
  readonly cid: string;
  readonly content: Buffer;
}

/** A picture for each alert that has one and could be drawn, by its place in the message. */
async function picturesOf(
  { alerts, id }: Notification,
  { from }: Options,
  io: NotifierIo,
): Promise<ReadonlyMap<number, Picture>> {
  const drawn = alerts.map(async ({ chart }, index) => {
    const png = chart && (await io.draw(chartSvg(chart)));
    const cid = `${id}.${index}@${domainOf(from)}`;
    return png === undefined ? [] : [[index, { cid, content: Buffer.from(png) }] as const];
  });
  return new Map((await Promise.all(drawn)).flat());
}

interface Extras {
  readonly pictures: ReadonlyMap<number, Picture>;
  readonly acknowledge: string | undefined;
}

function mailOf(notification: Notification, given: Options, { pictures, acknowledge }: Extras) {
  const { earlier } = notification;
  const [first] = earlier;
  // The first and the latest are enough to keep a thread together; a header has its limits.
  const references = first === undefined ? [] : [first, ...earlier.slice(1).slice(-9)];
  return {
    from: given.from,
    to: given.to,
    subject: subjectOf(notification),
    text: renderText(notification) + (acknowledge === undefined ? '' : `\nAcknowledge ${acknowledge}\n`),
    html: renderHtml(notification, {
      acknowledge,
      chartAt: (index) => (pictures.has(index) ? `cid:${pictures.get(index)!.cid}` : undefined),
    }),
    attachments: [...pictures.values()].map(({ cid, content }, index) => ({
      cid,
      content,
      filename: `chart-${index + 1}.png`,
      contentType: 'image/png',
      contentDisposition: 'inline' as const,
    })),
    list: listOf(notification, given),
    messageId: messageId(notification.id, given),
    ...(first !== undefined && { inReplyTo: earlier.at(-1)!, references }),
    headers: { 'Auto-Submitted': 'auto-generated', ...(notification.level === 'critical' && { Importance: 'high' }) },
  };
}

function digestMail(digest: Digest, given: Options) {
  return {
    from: given.from,
    to: given.to,
    subject: clip(digest.title, 150),
    text: digestText(digest),
    html: digestHtml(digest),
    messageId: messageId(digest.id, given),
    headers: { 'Auto-Submitted': 'auto-generated' },
  };
}

/** The same for every message of a thread: some clients thread by subject as well. What is new stands in the first line of the body. */
export function subjectOf({ groupLabels, threadId }: Notification): string {
  const group = Object.values(groupLabels).join(' ');
  const thread = createHash('sha256').update(threadId).digest('hex').slice(0, 6);
  return `${clip(group, 120) || 'Alerts'} (tocsin ${thread})`;
}

function messageId(id: string, { from }: Options): string {
  return `<${id}@${domainOf(from)}>`;
}

function domainOf(from: string): string {
  return /@([^\s@<>]+?)>?$/.exec(from)?.[1] ?? 'localhost';
}

/** RFC 2919 and 2369: one list for each receiver, so that people can sort and filter; who is on it is in the configuration. */
function listOf({ receiver, dashboardUrl }: Notification, { from }: Options) {
  const name = receiver.replace(/[^\w-]+/g, '-').slice(0, 60) || 'alerts';
  const sender = /<?([^<>\s]+@[^<>\s]+?)>?$/.exec(from)?.[1] ?? from;
  return {
    id: { comment: `Tocsin ${name}`, url: `${name}.tocsin.${domainOf(from)}` },
    unsubscribe: {
      url: `mailto:${sender}?subject=unsubscribe%20${encodeURIComponent(name)}`,
      comment: 'asks the operator',
    },
    ...(dashboardUrl !== undefined && { archive: dashboardUrl }),
  };
}
