import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** `apps.connections.open` and the sockets it hands out, on this machine: what Slack sends and gets, RFC 6455 text frames only. */
export interface SlackSocketSink {
  readonly url: string;
  /** Texts that came from the app, in order. */
  readonly received: string[];
  /** Connections so far. */
  readonly sockets: Duplex[];
  /** Answers of `apps.connections.open` to come; then it works again. */
  readonly refusals: string[];
  readonly authorizations: string[];
  readonly send: (message: unknown) => void;
  readonly close: () => Promise<void>;
}

export async function startSlackSocketSink(): Promise<SlackSocketSink> {
  const received: string[] = [];
  const sockets: Duplex[] = [];
  const refusals: string[] = [];
  const authorizations: string[] = [];
  const server = createServer((request, response) => {
    authorizations.push(`${request.headers.authorization}`);
    const refusal = refusals.shift();
    const { port } = server.address() as AddressInfo;
    const answer =
      refusal === undefined ? { ok: true, url: `ws://127.0.0.1:${port}/link?ticket=t` } : { ok: false, error: refusal };
    response.end(JSON.stringify(answer));
  });
  server.on('upgrade', (request, socket) => {
    const accept = createHash('sha1').update(`${request.headers['sec-websocket-key']}${GUID}`).digest('base64');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (data: Buffer) => received.push(...textsIn(data)));
    socket.write(frame(JSON.stringify({ type: 'hello', num_connections: 1 })));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    ...{ received, sockets, refusals, authorizations },
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    send: (message) => sockets.at(-1)!.write(frame(JSON.stringify(message))),
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function frame(text: string): Buffer {
  const body = Buffer.from(text);
  const head =
    body.length < 126
      ? Buffer.from([0x81, body.length])
      : Buffer.from([0x81, 126, body.length >> 8, body.length & 255]);
  return Buffer.concat([head, body]);
}

/** Texts of whole, masked frames; closing frames are answered by nobody. */
function textsIn(data: Buffer): string[] {
  const texts: string[] = [];
  let at = 0;
  while (at + 6 <= data.length) {
    const isText = (data[at]! & 15) === 1;
    let length = data[at + 1]! & 127;
    let start = at + 2;
    if (length === 126) {
      length = data.readUInt16BE(start);
      start += 2;
    }
    const mask = data.subarray(start, start + 4);
    const body = data.subarray(start + 4, start + 4 + length).map((byte, index) => byte ^ mask[index % 4]!);
    if (isText) texts.push(Buffer.from(body).toString('utf8'));
    at = start + 4 + length;
  }
  return texts;
}
