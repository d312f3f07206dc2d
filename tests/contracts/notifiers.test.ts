import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSlackSink } from '../../demo/sinks/slack.ts';
import type { Fault } from '../../demo/sinks/slack.ts';
import { startSmtpSink } from '../../demo/sinks/smtp.ts';
import type { SmtpFault } from '../../demo/sinks/smtp.ts';
import type { AnyNotifierKind } from '../../src/config/kinds.ts';
import type { NotifierIo } from '../../src/model/config.ts';
import { NotifyError } from '../../src/model/notification.ts';
import type { Notifier } from '../../src/model/notification.ts';
import { Secret } from '../../src/model/secret.ts';
import * as registry from '../../src/notifiers/index.ts';
import { flood, notification, resolved } from '../support/notification.ts';
import { silentIo } from '../support/notifierIo.ts';

const kinds: Readonly<Record<string, AnyNotifierKind>> = registry;
const hangMs = 400;

interface Trouble {
  readonly name: string;
  readonly retryable: boolean;
  readonly arrange: () => void;
}

/** A service to talk to, and all the ways in which it can fail; one for each kind. */
interface Harness {
  readonly options: unknown;
  readonly io?: Partial<NotifierIo>;
  readonly secrets: readonly string[];
  readonly troubles: readonly Trouble[];
  readonly close: () => Promise<void>;
}

const harnesses: Readonly<Record<string, () => Promise<Harness>>> = {
  slack_webhook: async () => {
    const sink = await startSlackSink('/services/T0SECRET/B0SECRET/shhhhhhhhhhhhhhhhhhh');
    const path = new URL(sink.url).pathname;
    const trouble = (fault: Fault, retryable: boolean): Trouble => ({
      name: typeof fault === 'string' ? fault : `status ${fault.status}`,
      retryable,
      arrange: () => sink.faults.push(fault),
    });
    const status = (code: number, retryable: boolean) =>
      trouble({ status: code, body: `Cannot POST ${path} (${sink.url})`, headers: { location: sink.url } }, retryable);
    return {
      options: { url: new Secret(sink.url) },
      secrets: [sink.url, path, 'T0SECRET', 'B0SECRET', 'shhhhhhhhhhhhhhhhhhh'],
      troubles: [
        ...[200, 302, 400, 401, 403, 404, 410].map((code) => status(code, false)),
        ...[408, 425, 429, 500, 502, 503].map((code) => status(code, true)),
        ...(['hang', 'reset', 'half'] as const).map((fault) => trouble(fault, true)),
      ],
      close: sink.close,
    };
  },
  email: async () => {
    const password = 'correct horse battery';
    const base64 = Buffer.from(password).toString('base64');
    const login = Buffer.from(`\u0000tocsin\u0000${password}`).toString('base64');
    const sink = await startSmtpSink({ user: 'tocsin', password });
    const trouble = (fault: SmtpFault, retryable: boolean): Trouble => ({
      name: `${inspect(fault.answer)} at ${fault.stage}`,
      retryable,
      arrange: () => sink.faults.push(fault),
    });
    const text = `no: ${password} ${base64} ${login}`;
    const status = (stage: SmtpFault['stage'], code: number) =>
      trouble({ stage, answer: { status: code, text } }, code < 500);
    return {
      options: {
        host: '127.0.0.1',
        port: sink.port,
        tls: 'none',
        user: 'tocsin',
        password: new Secret(password),
        from: 'alarm@example.org',
        to: 'ops@example.org',
      },
      secrets: [password, base64, login],
      troubles: [
        status('connect', 421),
        status('auth', 454),
        status('auth', 535),
        status('from', 451),
        status('from', 553),
        status('to', 450),
        status('to', 550),
        status('data', 452),
        status('data', 554),
        ...(['connect', 'auth', 'from', 'to', 'data'] as const).flatMap((stage) => [
          trouble({ stage, answer: 'hang' }, true),
          trouble({ stage, answer: 'reset' }, true),
        ]),
      ],
      close: sink.close,
    };
  },
  inbox: async () => {
    let isBroken = false;
    const keep = async () => {
      if (isBroken) throw new Error('the database is gone');
      isBroken = false;
    };
    const broken = { name: 'a store that is gone', retryable: true, arrange: () => void (isBroken = true) };
    return { options: {}, io: { keep }, secrets: [], troubles: [broken], close: async () => {} };
  },
  log: async () => ({ options: {}, secrets: [], troubles: [], close: async () => {} }),
};

describe.each(Object.entries(kinds))('%s', (name, kind) => {
  let harness: Harness;
  let notifier: Notifier;
  const make = () => kind.make(kind.options.parse(harness.options) as never, silentIo(harness.io));
  beforeAll(async () => {
    harness = await harnesses[name]!();
    notifier = make();
  });
  afterAll(async () => {
    await notifier.close?.();
    await harness.close();
  });

  it('is registered under its kind, and says what it is', () => {
    expect(kind.kind).toBe(name);
    expect(kind.about).not.toBe('');
  });

  it('refuses options it does not know', () => {
    expect(kind.options.safeParse({ ...(harness.options as object), nonsense: 1 }).success).toBe(false);
  });

  it('gives a receipt once accepted, the same for every try of one message', async () => {
    const receipt = await notifier.send(notification(), AbortSignal.timeout(5_000));
    expect(receipt).toContain(notification().id);
    await expect(notifier.send(notification(), AbortSignal.timeout(5_000))).resolves.toBe(receipt);
    await expect(notifier.send(resolved(), AbortSignal.timeout(5_000))).resolves.not.toBe(receipt);
  });

  it('takes a message of any size and content', async () => {
    await expect(notifier.send(flood(), AbortSignal.timeout(10_000))).resolves.toBeDefined();
  });

  it('shows no secret when printed', () => {
    const printed = inspect({ notifier, options: harness.options }, { depth: 10 }) + JSON.stringify(harness.options);
    for (const secret of harness.secrets) expect(printed).not.toContain(secret);
  });

  it('says whether a retry may help, without a secret, whatever fails', async () => {
    for (const { name: trouble, retryable, arrange } of harness.troubles) {
      arrange();
      const troubled = make();
      const error: unknown = await troubled.send(notification(), AbortSignal.timeout(hangMs)).then(
        () => 'accepted',
        (reason: unknown) => reason,
      );
      await troubled.close?.();
      expect({ trouble, error }).toEqual({ trouble, error: expect.any(NotifyError) });
      expect({ trouble, error }).toMatchObject({ trouble, error: { retryable } });
      const { message, stack } = error as NotifyError;
      const printed = inspect(error, { depth: Infinity, showHidden: true }) + JSON.stringify(error) + stack;
      expect(message).toMatch(/^[A-Z].*\.$/s);
      for (const secret of harness.secrets) expect(printed).not.toContain(secret);
    }
  });
});
