import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface RpcBody {
  readonly id: number;
  readonly method: string;
  readonly params?: readonly unknown[];
}

/** Takes over a request by answering it, or leaves it to the node by returning `false`. */
export type Fault = (body: RpcBody, response: ServerResponse) => boolean;

export const healthy: Fault = () => false;

/** An RPC URL in front of a node that can be told to misbehave, and that counts what it is asked. */
export async function startProxy(nodeUrl: string) {
  const proxy = { fault: healthy, methods: [] as string[], url: '', stop: async () => {} };
  const server = createServer((request, response) => void serve(request, response));
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const text = await textOf(request);
    const body = JSON.parse(text) as RpcBody;
    proxy.methods.push(body.method);
    if (proxy.fault(body, response)) return;
    const answer = await fetch(nodeUrl, {
      method: 'POST',
      body: text,
      headers: { 'content-type': 'application/json' },
    });
    response.setHeader('content-type', 'application/json').end(await answer.text());
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  proxy.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  proxy.stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return proxy;
}

export type Proxy = Awaited<ReturnType<typeof startProxy>>;

/** Fails only the requests of one method. */
export function only(method: string, fault: Fault): Fault {
  return (body, response) => body.method === method && fault(body, response);
}

export const answers =
  (status: number, text = '', type = 'application/json'): Fault =>
  (_, response) => {
    response.writeHead(status, { 'content-type': type }).end(text);
    return true;
  };

export const answersError =
  (code: number, message: string): Fault =>
  ({ id }, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ jsonrpc: '2.0', id, error: { code, message } }));
    return true;
  };

export const answersResult =
  (result: unknown): Fault =>
  ({ id }, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ jsonrpc: '2.0', id, result }));
    return true;
  };

export const hangs: Fault = () => true;

/** Headers at once, then a byte now and then, never an end. */
export const dribbles: Fault = (_, response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  const timer = setInterval(() => response.write(' '), 20);
  response.on('close', () => clearInterval(timer));
  return true;
};

export const drops: Fault = (_, response) => {
  response.destroy();
  return true;
};

/** Never stops sending. */
export const floods: Fault = (_, response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  const chunk = Buffer.alloc(1024 * 1024, 32);
  const more = () => {
    while (response.write(chunk));
    response.once('drain', more);
  };
  more();
  return true;
};

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}
