import type { z } from 'zod';
import type { NotifierIo, NotifierKind } from '../model/config.ts';
import { NotifyError } from '../model/notification.ts';
import type { Notification } from '../model/notification.ts';
import { exchange, excerpt, refused } from './post.ts';
import type { HttpPost } from './post.ts';

/** Requests of one message that are under way at a time. */
const LANES = 6;
/** Accepted parts of messages that failed as a whole, remembered so that a retry goes on where it stopped. */
const REMEMBERED = 10_000;

/** A JSON object, or `undefined` for anything else. */
export type Answer = Readonly<Record<string, unknown>> | undefined;

export interface HttpRequest {
  /** Equal when a retry would tell the same thing again. */
  readonly key: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** A service that takes messages by HTTP and JSON. */
export interface HttpService<Options> {
  readonly kind: string;
  readonly about: string;
  readonly options: z.ZodType<Options>;
  /** For sentences: `PagerDuty`. */
  readonly service: string;
  /** What to do about statuses that a retry cannot cure, one sentence each. */
  readonly advice: Readonly<Record<number, string>>;
  /** What no error may repeat, longest first. */
  readonly secretsOf: (options: Options) => readonly string[];
  /** Lanes are independent of each other; the requests of one lane go in order. */
  readonly lanes: (notification: Notification, options: Options) => Iterable<readonly HttpRequest[]>;
  /** The receipt, or `undefined` when a 2xx answer is not one of this service. */
  readonly receiptOf: (answer: Answer, notification: Notification) => string | undefined;
  /** ms to wait, where the body of a refusal says it. */
  readonly waitOf?: (answer: Answer) => number | undefined;
  /** The request to make instead, where a refusal says so. */
  readonly insteadOf?: (request: HttpRequest, answer: Answer) => HttpRequest | undefined;
}

/** Makes a notifier of a table entry: a message is accepted once each of its requests is. */
export function defineHttpReceiver<Options>(service: HttpService<Options>): NotifierKind<Options> {
  const { kind, about, options } = service;
  return {
    kind,
    about,
    options,
    make: (given, io) => {
      const done = new Set<string>();
      return {
        send: async (notification, signal) => {
          const sending = { service, secrets: service.secretsOf(given), notification, signal, io };
          const lanes = service.lanes(notification, given);
          const receipt = await sendAll(lanes, done, async (request) => sendOne(request, sending));
          return receipt ?? notification.id;
        },
      };
    },
  };
}

/** Refusals for good do not keep other lanes from being told; the first failure that may pass ends the try. */
async function sendAll(
  lanes: Iterable<readonly HttpRequest[]>,
  done: Set<string>,
  send: (request: HttpRequest) => Promise<string>,
): Promise<string | undefined> {
  const waiting = lanes[Symbol.iterator]();
  const keys: string[] = [];
  const failures: NotifyError[] = [];
  let receipt: string | undefined;
  const sendLane = async (lane: readonly HttpRequest[]): Promise<void> => {
    for (const request of lane) {
      keys.push(request.key);
      if (done.has(request.key)) continue;
      receipt = await send(request);
      remember(done, request.key);
    }
  };
  const work = async (): Promise<void> => {
    for (let next = waiting.next(); next.done !== true; next = waiting.next()) {
      await sendLane(next.value).catch((error: unknown) => failures.push(asNotifyError(error)));
      if (failures.some(({ retryable }) => retryable)) return;
    }
  };
  await Promise.all(Array.from({ length: LANES }, work));
  const failure = failures.find(({ retryable }) => retryable) ?? failures[0];
  if (failure !== undefined) throw failure;
  for (const key of keys) done.delete(key);
  return receipt;
}

function asNotifyError(error: unknown): NotifyError {
  if (error instanceof NotifyError) return error;
  throw error;
}

function remember(done: Set<string>, key: string): void {
  done.add(key);
  if (done.size > REMEMBERED) done.delete(done.values().next().value!);
}

interface Sending<Options> {
  readonly service: HttpService<Options>;
  readonly secrets: readonly string[];
  readonly notification: Notification;
  readonly signal: AbortSignal;
  readonly io: NotifierIo;
}

async function sendOne<Options>(request: HttpRequest, sending: Sending<Options>): Promise<string> {
  const { service, secrets, notification, signal, io } = sending;
  const { service: name, advice } = service;
  const post: HttpPost = { ...request, body: JSON.stringify(request.body), service: name, advice, secrets, signal };
  const raw = await exchange(io.fetch, post);
  const answer = parse(raw.text);
  if (!raw.ok) {
    const instead = service.insteadOf?.(request, answer);
    if (instead === undefined) throw refused(post, raw, service.waitOf?.(answer));
    return sendOne(instead, { ...sending, service: { ...service, insteadOf: () => undefined } });
  }
  const receipt = service.receiptOf(answer, notification);
  if (receipt !== undefined) return receipt;
  throw new NotifyError(
    `${name} answered ${raw.status} with "${excerpt(raw.text, secrets)}", which is not its way to accept a message. Check the address of the receiver and proxies on the way.`,
    { retryable: false },
  );
}

function parse(text: string): Answer {
  if (text.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Answer) : undefined;
  } catch {
    return undefined;
  }
}
