import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the next request meets instead of its answer; `hang` never answers, `reset` cuts the connection, `half` cuts the answer. */
export type Fault = 'hang' | 'reset' | 'half' | Answer;

export interface Answer {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Received {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly bytes: Buffer;
}

/** A service on this machine that keeps what it gets and fails as it is told. */
export interface HttpSink {
  /** Origin, without a slash at its end. */
  readonly url: string;
  readonly received: Received[];
  /** Faults for the requests to come, one each; then it answers again. */
  readonly faults: Fault[];
  readonly close: () => Promise<void>;
}

/** `answer` also hears whether a fault takes its place. */
export async function startHttpSink(answer: (request: Received, isFaulty: boolean) => Answer): Promise<HttpSink> {
  const received: Received[] = [];
  const faults: Fault[] = [];
  const server = createServer((request, response) => {
    void readAll(request).then((bytes) => {
      const { method = '', url: path = '', headers } = request;
      const seen = { method, path, headers, body: bytes.toString('utf8'), bytes };
      received.push(seen);
      const fault = faults.shift();
      const usual = answer(seen, fault !== undefined);
      respond(response, fault ?? usual);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    faults,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function respond(response: ServerResponse, fault: Fault): void {
  if (fault === 'hang') return;
  if (fault === 'reset') {
    response.socket?.resetAndDestroy();
  } else if (fault === 'half') {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('o', () => response.socket?.destroy());
  } else {
    response.writeHead(fault.status, { 'content-type': 'application/json; charset=utf-8', ...fault.headers });
    response.end(fault.body ?? '');
  }
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
