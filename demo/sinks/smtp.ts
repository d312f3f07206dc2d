import PostalMime from 'postal-mime';
import type { Email } from 'postal-mime';
import type { AddressInfo, Socket } from 'node:net';
import { SMTPServer } from 'smtp-server';

export type SmtpStage = 'connect' | 'auth' | 'from' | 'to' | 'data';

/** What the next message meets at a stage: an SMTP status, or `hang` (no answer), or `reset` (the connection is cut). */
export interface SmtpFault {
  readonly stage: SmtpStage;
  readonly answer: 'hang' | 'reset' | { readonly status: number; readonly text: string };
}

export interface MailReceived {
  /** Machine clock, unix ms. */
  readonly at: number;
  readonly from: string;
  readonly to: readonly string[];
  readonly raw: string;
  /** The message taken apart. */
  readonly parse: () => Promise<Email>;
  readonly encrypted: boolean;
  readonly user: string | undefined;
}

export interface SmtpSinkOptions {
  /** PEM; with them the server offers STARTTLS, or speaks TLS from the start. */
  readonly key?: string;
  readonly cert?: string;
  readonly secure?: boolean;
  /** Logins it wants. */
  readonly user?: string;
  readonly password?: string;
}

/** A mail server on this machine that keeps what it gets and fails as told. */
export interface SmtpSink {
  readonly port: number;
  readonly received: MailReceived[];
  /** Faults to come, one message each; then it accepts again. */
  readonly faults: SmtpFault[];
  /** Connections made so far, and those still open. */
  readonly connections: { made: number; open: number };
  readonly onMail: (listener: (mail: MailReceived) => void) => void;
  readonly close: () => Promise<void>;
}

type Next = (error?: Error | null) => void;

export async function startSmtpSink(options: SmtpSinkOptions = {}): Promise<SmtpSink> {
  const received: MailReceived[] = [];
  const faults: SmtpFault[] = [];
  const listeners: ((mail: MailReceived) => void)[] = [];
  const sockets = new Set<Socket>();
  const connections = { made: 0, open: 0 };
  const { key, cert, secure = false, user, password } = options;

  const meet = (stage: SmtpStage, next: Next) => {
    const fault = faults[0]?.stage === stage ? faults.shift() : undefined;
    if (fault === undefined) return next();
    if (fault.answer === 'hang') return;
    if (fault.answer === 'reset') return sockets.forEach((socket) => socket.resetAndDestroy());
    next(Object.assign(new Error(fault.answer.text), { responseCode: fault.answer.status }));
  };

  const server = new SMTPServer({
    secure,
    ...(key !== undefined && { key }),
    ...(cert !== undefined && { cert }),
    authOptional: user === undefined,
    allowInsecureAuth: true,
    disabledCommands: key === undefined ? ['STARTTLS'] : [],
    disableReverseLookup: true,
    logger: false,
    onConnect: (_session, next) => meet('connect', next),
    onAuth: (auth, _session, next) =>
      meet('auth', (error) => {
        if (error) return next(error);
        const isKnown = auth.username === user && auth.password === password;
        next(isKnown ? null : new Error('Invalid username or password'), isKnown ? { user: auth.username } : undefined);
      }),
    onMailFrom: (_address, _session, next) => meet('from', next),
    onRcptTo: (_address, _session, next) => meet('to', next),
    onData: (stream, session, next) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () =>
        meet('data', (error) => {
          if (error) return next(error);
          const raw = Buffer.concat(chunks).toString('utf8');
          const { mailFrom, rcptTo } = session.envelope;
          const mail: MailReceived = {
            at: Date.now(),
            from: mailFrom === false ? '' : mailFrom.address,
            to: rcptTo.map(({ address }) => address),
            raw,
            parse: () => PostalMime.parse(raw),
            encrypted: session.secure,
            user: session.user as string | undefined,
          };
          received.push(mail);
          for (const listener of listeners) listener(mail);
          next();
        }),
      );
    },
  });
  server.on('error', () => {});
  server.server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    connections.made++;
    connections.open++;
    socket.on('close', () => {
      sockets.delete(socket);
      connections.open--;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return {
    port: (server.server.address() as AddressInfo).port,
    received,
    faults,
    connections,
    onMail: (listener) => listeners.push(listener),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
