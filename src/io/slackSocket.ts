import { WebSocket } from 'undici';
import type { Secret } from '../model/secret.ts';
import { endsWithin } from './deadline.ts';
import { fetch } from './fetch.ts';
import { reconnect } from './reconnect.ts';

export interface SlackSocketOptions {
  /** `xapp-…`, with the scope `connections:write`. */
  readonly appToken: Secret;
  /** Origin of the Web API. */
  readonly api: string;
  /** Does what a press says; the envelope's id is the same when Slack sends it again. */
  readonly onInteraction: (payload: unknown, envelopeId: string) => Promise<void>;
  readonly log: (event: Readonly<Record<string, unknown>>, message: string) => void;
  /** Machine ms before the first new try after a failure; doubled up to a minute. */
  readonly firstRetry?: number;
}

const OPEN_MS = 15_000;
const GOODBYE_MS = 500;

/**
 * Keeps a Socket Mode connection, so that presses arrive without any address of ours being reachable. It asks for a URL, connects, and
 * answers each envelope once it is dealt with. When Slack says `disconnect`, or the connection ends, it asks for a new URL; failures wait
 * longer each time. Returns how to stop. https://docs.slack.dev/apis/events-api/using-socket-mode
 */
export function openSlackSocket(options: SlackSocketOptions): () => Promise<void> {
  const stopping = new AbortController();
  const { signal } = stopping;
  const running = reconnect(async () => hold(await urlFor(options, signal), options, signal), {
    ...(options.firstRetry !== undefined && { firstRetry: options.firstRetry }),
    signal,
    onFailure: (error, retryInMs) =>
      options.log({ reason: reasonOf(error, options), retryInMs }, 'Slack socket lost; buttons wait'),
  });
  return async () => {
    stopping.abort();
    await running;
  };
}

async function urlFor({ appToken, api }: SlackSocketOptions, signal: AbortSignal): Promise<string> {
  const response = await fetch(`${api}/api/apps.connections.open`, {
    method: 'POST',
    headers: { authorization: `Bearer ${appToken.reveal()}`, 'content-type': 'application/x-www-form-urlencoded' },
    redirect: 'manual',
    signal: endsWithin(OPEN_MS, signal),
  });
  const said = (await response.json()) as { readonly ok?: unknown; readonly url?: unknown; readonly error?: unknown };
  if (said.ok === true && typeof said.url === 'string' && /^wss?:/.test(said.url)) return said.url;
  throw new Error(`Slack gave no socket: "${String(said.error).slice(0, 60)}". Check the app token of the receiver.`);
}

/** Until the connection ends or Slack asks for a new one; throws when it could not be opened. */
async function hold(url: string, options: SlackSocketOptions, signal: AbortSignal): Promise<void> {
  const socket = new WebSocket(url);
  let isOpen = false;
  await new Promise<void>((resolve, reject) => {
    // A server that does not answer the goodbye is not waited for.
    const leave = () => {
      socket.close();
      setTimeout(resolve, GOODBYE_MS).unref();
    };
    signal.addEventListener('abort', leave, { once: true });
    socket.addEventListener('message', ({ data }) => {
      const message = parse(data);
      if (message['type'] === 'hello') isOpen = true;
      if (message['type'] === 'disconnect') leave();
      if (typeof message['envelope_id'] === 'string') void answer(socket, message, options);
    });
    socket.addEventListener('error', () => undefined);
    socket.addEventListener('close', () => {
      signal.removeEventListener('abort', leave);
      if (isOpen || signal.aborted) resolve();
      else reject(new Error('The socket was closed before it began.'));
    });
  });
}

async function answer(
  socket: WebSocket,
  message: Readonly<Record<string, unknown>>,
  options: SlackSocketOptions,
): Promise<void> {
  const id = message['envelope_id'] as string;
  try {
    if (message['type'] === 'interactive') await options.onInteraction(message['payload'], id);
    socket.send(JSON.stringify({ envelope_id: id }));
  } catch (error) {
    options.log({ reason: reasonOf(error, options) }, 'a press in Slack could not be dealt with; Slack sends it again');
  }
}

function parse(data: unknown): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(String(data)) as Readonly<Record<string, unknown>>;
  } catch {
    return {};
  }
}

/** The URL of a socket holds a ticket, which no log may show. */
function reasonOf(error: unknown, { appToken }: SlackSocketOptions): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replaceAll(appToken.reveal(), '[secret]').replace(/wss?:\/\/\S+/g, '[socket]');
}
