import { WebSocket } from 'undici';
import type { Secret } from '../model/secret.ts';
import { reconnect } from './reconnect.ts';

export interface HeadsOptions {
  readonly url: Secret;
  /** Called with the number of each new block. */
  readonly onHead: (block: number) => void;
  readonly log: (event: Readonly<Record<string, unknown>>, message: string) => void;
  /** Machine ms before the first new try after a failure. */
  readonly firstRetry?: number;
  /** Machine ms without a block after which the socket is taken for dead. */
  readonly silence?: number;
}

const SILENCE = 3 * 60_000;
const GOODBYE_MS = 500;
const SUBSCRIBE = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_subscribe', params: ['newHeads'] });

/**
 * Hears of new blocks over a websocket, for nothing but to read sooner: whatever is heard, missed or made up, polls go on by the clock.
 * A socket that ends, refuses or falls silent is opened anew, later each time. Returns how to stop.
 */
export function openHeads(options: HeadsOptions): () => Promise<void> {
  const stopping = new AbortController();
  const { signal } = stopping;
  const host = new URL(options.url.reveal()).host;
  const running = reconnect(async () => hold(options, signal), {
    ...(options.firstRetry !== undefined && { firstRetry: options.firstRetry }),
    signal,
    onFailure: (error, retryInMs) => {
      const reason = error instanceof Error ? error.message : 'unknown';
      options.log({ host, reason, retryInMs }, 'no new blocks are heard of; polls go on by the clock');
    },
  });
  return async () => {
    stopping.abort();
    await running;
  };
}

/** Until the connection ends; throws so that the next one waits. */
async function hold({ url, onHead, silence = SILENCE }: HeadsOptions, signal: AbortSignal): Promise<void> {
  const socket = new WebSocket(url.reveal());
  await new Promise<void>((resolve, reject) => {
    let heard = 'The socket was closed before a block was heard of.';
    const end = (why: string) => {
      clearTimeout(patience);
      socket.close();
      // A server that does not answer the goodbye is not waited for.
      setTimeout(() => (signal.aborted ? resolve() : reject(new Error(why))), GOODBYE_MS).unref();
    };
    const patience = setTimeout(() => end(`Nothing was heard for ${silence / 1000} s.`), silence);
    signal.addEventListener('abort', () => end('stopped'), { once: true });
    socket.addEventListener('open', () => socket.send(SUBSCRIBE));
    socket.addEventListener('message', ({ data }) => {
      const said = parse(data);
      if (said.error !== undefined) return end(`The node refused: "${String(said.error.message).slice(0, 60)}".`);
      const block = Number(said.params?.result?.number);
      if (!Number.isSafeInteger(block)) return;
      patience.refresh();
      heard = `The socket was closed after block ${block}.`;
      onHead(block);
    });
    socket.addEventListener('error', () => undefined);
    socket.addEventListener('close', () => {
      clearTimeout(patience);
      if (signal.aborted) resolve();
      else reject(new Error(heard));
    });
  });
}

interface Said {
  readonly error?: { readonly message?: unknown };
  readonly params?: { readonly result?: { readonly number?: unknown } };
}

function parse(data: unknown): Said {
  try {
    return Object(JSON.parse(String(data))) as Said;
  } catch {
    return {};
  }
}
