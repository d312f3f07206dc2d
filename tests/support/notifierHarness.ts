import { inspect } from 'node:util';
import { startSlackApiSink } from '../../demo/sinks/slackApi.ts';
import { startSlackSink } from '../../demo/sinks/slack.ts';
import type { Fault } from '../../demo/sinks/http.ts';
import { startSmtpSink } from '../../demo/sinks/smtp.ts';
import type { SmtpFault } from '../../demo/sinks/smtp.ts';
import type { NotifierIo } from '../../src/model/config.ts';
import { Secret } from '../../src/model/secret.ts';
import { startAnything, startDiscord, startOpsgenie, startPagerduty, startTelegram } from './services.ts';

export interface Trouble {
  readonly name: string;
  readonly retryable: boolean;
  readonly arrange: () => void;
}

/** A service to talk to, and all the ways in which it can fail; one for each kind. */
export interface Harness {
  readonly options: unknown;
  readonly io?: Partial<NotifierIo>;
  readonly secrets: readonly string[];
  /** Where the service gives ids of its own; else the receipt holds the notification's id. */
  readonly receipt?: RegExp;
  /** Bodies that arrived so far. */
  readonly bodies?: () => readonly string[];
  readonly troubles: readonly Trouble[];
  readonly close: () => Promise<void>;
}

interface Faulty {
  readonly url: string;
  readonly faults: Fault[];
}

const PERMANENT = [302, 400, 401, 403, 404, 410];
const RETRYABLE = [408, 425, 429, 500, 502, 503];
const SLACK_RETRYABLE = [
  ...['fatal_error', 'internal_error', 'message_limit_exceeded', 'rate_limited', 'ratelimited', 'request_timeout'],
  ...['service_unavailable', 'team_added_to_org', 'update_failed'],
];

/** Every status and every way to break off; the body of each repeats all secrets, as proxies and error pages do. */
function httpTroubles({ url, faults }: Faulty, secrets: readonly string[]): Trouble[] {
  const trouble = (name: string, fault: Fault, retryable: boolean): Trouble => ({
    name,
    retryable,
    arrange: () => faults.push(fault),
  });
  const status = (code: number, retryable: boolean) =>
    trouble(
      `status ${code}`,
      { status: code, body: `${secrets.join(' ')} Cannot POST ${url}`, headers: { location: url } },
      retryable,
    );
  return [
    ...PERMANENT.map((code) => status(code, false)),
    ...RETRYABLE.map((code) => status(code, true)),
    ...(['hang', 'reset', 'half'] as const).map((fault) => trouble(fault, fault, true)),
  ];
}

/** A page that answers 200 and is not the service. */
function impostor({ faults }: Faulty, secrets: readonly string[]): Trouble {
  const body = `<!doctype html> ${secrets.join(' ')}`;
  return { name: 'a login page', retryable: false, arrange: () => faults.push({ status: 200, body }) };
}

/** 200 with `ok: false`. */
function slackRefusal({ faults }: Faulty, error: string, retryable: boolean): Trouble {
  return {
    name: error,
    retryable,
    arrange: () => faults.push({ status: 200, body: JSON.stringify({ ok: false, error }) }),
  };
}

const key = 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=';

export const harnesses: Readonly<Record<string, () => Promise<Harness>>> = {
  slack: async () => {
    const token = 'xoxb-111111111111-222222222222-SeCrEtSeCrEt';
    const sink = await startSlackApiSink(token, 'C0123456789');
    const permanent = [
      'channel_not_found',
      'not_in_channel',
      'is_archived',
      'invalid_auth',
      'token_revoked',
      'a_new_word',
    ];
    return {
      options: { token: new Secret(token), channel: 'C0123456789', api_url: sink.url },
      secrets: [token],
      receipt: /^C0123456789:\d+\.\d{6}$/,
      bodies: () => sink.received.map(({ body }) => body),
      troubles: [
        ...httpTroubles(sink, [token]),
        impostor(sink, [token]),
        slackRefusal(sink, `invalid_blocks ${token}`, false),
        ...permanent.map((error) => slackRefusal(sink, error, false)),
        ...SLACK_RETRYABLE.map((error) => slackRefusal(sink, error, true)),
      ],
      close: sink.close,
    };
  },
  slack_webhook: async () => {
    const sink = await startSlackSink('/services/T0SECRET/B0SECRET/shhhhhhhhhhhhhhhhhhh');
    const secrets = [sink.url, new URL(sink.url).pathname, 'T0SECRET', 'B0SECRET', 'shhhhhhhhhhhhhhhhhhh'];
    return {
      options: { url: new Secret(sink.url) },
      secrets,
      bodies: () => sink.received.map(({ payload }) => JSON.stringify(payload)),
      troubles: [...httpTroubles(sink, secrets), impostor(sink, secrets)],
      close: sink.close,
    };
  },
  pagerduty: async () => {
    const sink = await startPagerduty();
    const routingKey = '0123456789abcdefSECRET0123456789';
    return {
      options: { routing_key: new Secret(routingKey), api_url: sink.url },
      secrets: [routingKey],
      bodies: () => sink.received.map(({ body }) => body),
      troubles: [...httpTroubles(sink, [routingKey]), impostor(sink, [routingKey])],
      close: sink.close,
    };
  },
  opsgenie: async () => {
    const apiKey = 'c0ffee00-SECRET-4000-8000-000000000001';
    const sink = await startOpsgenie(apiKey);
    return {
      options: { key: new Secret(apiKey), teams: ['risk'], api_url: sink.url },
      secrets: [apiKey],
      bodies: () => sink.received.map(({ body }) => body),
      troubles: [...httpTroubles(sink, [apiKey]), impostor(sink, [apiKey])],
      close: sink.close,
    };
  },
  telegram: async () => {
    const token = '7000000001:AAE-SECRETsecretSECRETsecretSECRETs';
    const sink = await startTelegram(token, -1001234567890);
    const secrets = [token, encodeURIComponent(token), token.split(':')[1]!];
    return {
      options: { token: new Secret(token), chat_id: -1001234567890, api_url: sink.url },
      secrets,
      receipt: /^telegram:\d+$/,
      bodies: () => sink.received.map(({ body }) => body),
      troubles: [...httpTroubles(sink, secrets), impostor(sink, secrets)],
      close: sink.close,
    };
  },
  discord: async () => {
    const path = '/api/webhooks/1300000000000000003/SECRETsecret-SECRETsecret_SECRET';
    const sink = await startDiscord(path);
    const secrets = [`${sink.url}${path}`, path, '1300000000000000003', 'SECRETsecret-SECRETsecret_SECRET'];
    return {
      options: { url: new Secret(`${sink.url}${path}`) },
      secrets,
      receipt: /^discord:\d+$/,
      bodies: () => sink.received.map(({ body }) => body),
      troubles: [...httpTroubles(sink, secrets), impostor(sink, secrets)],
      close: sink.close,
    };
  },
  webhook: async () => {
    const sink = await startAnything();
    const url = `${sink.url}/hooks/SECRET-path?key=SECRET-query`;
    const secrets = [url, 'SECRET-path', 'SECRET-query', key];
    return {
      options: { url: new Secret(url), secret: new Secret(key) },
      secrets,
      bodies: () => sink.received.map(({ body }) => body),
      troubles: httpTroubles(sink, secrets),
      close: sink.close,
    };
  },
  alertmanager: async () => {
    const sink = await startAnything();
    const password = 'correct horse battery';
    const login = Buffer.from(`tocsin:${password}`).toString('base64');
    const secrets = [password, login, Buffer.from(password).toString('base64')];
    return {
      options: { urls: [sink.url], user: 'tocsin', password: new Secret(password) },
      secrets,
      bodies: () => sink.received.map(({ body }) => body),
      troubles: httpTroubles(sink, secrets),
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
