import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { complaintsAbout } from './slackLimits.ts';

/** What the next request meets instead of `ok`; `hang` never answers, `reset` cuts the connection, `half` cuts the answer. */
export type Fault =
  | 'hang'
  | 'reset'
  | 'half'
  | { readonly status: number; readonly body?: string; readonly headers?: Readonly<Record<string, string>> };

export interface SlackReceived {
  /** Machine clock, unix ms. */
  readonly at: number;
  readonly payload: { readonly text: string; readonly blocks: readonly unknown[] };
  readonly accepted: boolean;
}

/** A Slack-compatible incoming webhook on this machine that checks Slack's limits and keeps what it gets. */
export interface SlackSink {
  readonly url: string;
  readonly received: SlackReceived[];
  /** Faults for the requests to come, one each; then it accepts again. */
  readonly faults: Fault[];
  readonly onMessage: (listener: (message: SlackReceived) => void) => void;
  readonly close: () => Promise<void>;
}

export async function startSlackSink(
  path = '/services/T0DEMO00/B0DEMO00/abcdefghijklmnopqrstuvwx',
): Promise<SlackSink> {
  const received: SlackReceived[] = [];
  const faults: Fault[] = [];
  const listeners: ((message: SlackReceived) => void)[] = [];
  const server = createServer((request, response) => {
    void readAll(request).then((body) => {
      const answer = answerTo(request, body, path);
      const fault = faults.shift();
      const accepted = fault === undefined && answer.status === 200;
      if (answer.payload !== undefined) {
        const message = { at: Date.now(), payload: answer.payload, accepted };
        received.push(message);
        for (const listener of listeners) listener(message);
      }
      respond(response, fault ?? answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
    received,
    faults,
    onMessage: (listener) => listeners.push(listener),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly payload?: SlackReceived['payload'];
}

function answerTo(request: IncomingMessage, body: string, path: string): Answer {
  if (request.method !== 'POST' || request.url !== path) return { status: 404, body: 'no_service' };
  let payload: unknown;
  try {
    payload = JSON.parse(body);
  } catch {
    return { status: 400, body: 'invalid_payload' };
  }
  const complaints = complaintsAbout(payload);
  const seen = payload as SlackReceived['payload'];
  if (complaints.length > 0) return { status: 400, body: `invalid_blocks: ${complaints.join('; ')}`, payload: seen };
  return { status: 200, body: 'ok', payload: seen };
}

function respond(response: ServerResponse, fault: Fault): void {
  if (fault === 'hang') return;
  if (fault === 'reset') {
    response.socket?.resetAndDestroy();
  } else if (fault === 'half') {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('o', () => response.socket?.destroy());
  } else {
    response.writeHead(fault.status, { 'content-type': 'text/html', ...('headers' in fault ? fault.headers : {}) });
    response.end(fault.body ?? '');
  }
}

async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
