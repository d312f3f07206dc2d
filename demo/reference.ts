import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A reference server on loopback: what an aggregator says of the price, with the quote's own time. */
export interface Reference {
  readonly url: string;
  /** Unix seconds and USD; what is answered from now on. */
  quote: { time: number; price: number };
  /** While false every request is answered 503. */
  up: boolean;
  readonly close: () => Promise<void>;
}

export async function startReference(): Promise<Reference> {
  const server = createServer((_request, response) => {
    if (!reference.up) return response.writeHead(503).end();
    return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(reference.quote));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const reference: Reference = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/price`,
    quote: { time: 0, price: 0 },
    up: true,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return reference;
}
