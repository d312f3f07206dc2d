import { fastify } from 'fastify';
import type { Queue } from 'bullmq';
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods, InjectOptions } from 'fastify';
import { JOBS_POLICY } from './headers.ts';

const PREFIX = '/jobs';

/** Of the connection, or of a body that is written anew. */
const OWN_HEADERS = new Set(['connection', 'transfer-encoding', 'content-length', 'keep-alive']);

/**
 * The job dashboard over the queues, on either backend. It is loaded when somebody first opens it: it takes 8 MiB, and most workers
 * are never asked. `prepare` is told of the server it has within.
 */
export function jobBoard(
  app: FastifyInstance,
  queues: readonly Queue[],
  prepare: (board: FastifyInstance) => void,
): void {
  let board: Promise<FastifyInstance> | undefined;
  const answer = async (request: FastifyRequest, reply: FastifyReply) => {
    board ??= openBoard(queues, prepare);
    const answered = await (await board).inject(asked(request));
    return reply
      .code(answered.statusCode)
      .headers(without(answered.headers))
      .header('content-security-policy', JOBS_POLICY)
      .send(answered.rawPayload);
  };
  const method: HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
  for (const url of [PREFIX, `${PREFIX}/*`]) app.route({ method, url, handler: answer });
  app.addHook('onClose', async () => (await board)?.close());
}

async function openBoard(
  queues: readonly Queue[],
  prepare: (board: FastifyInstance) => void,
): Promise<FastifyInstance> {
  const [{ createBullBoard }, { BullMQAdapter }, { FastifyAdapter }] = await Promise.all([
    import('@bull-board/api'),
    import('@bull-board/api/bullMQAdapter'),
    import('@bull-board/fastify'),
  ]);
  const serverAdapter = new FastifyAdapter().setBasePath(PREFIX);
  createBullBoard({
    queues: queues.map((queue) => new BullMQAdapter(queue)),
    serverAdapter,
    options: { uiConfig: { boardTitle: 'Tocsin jobs', miscLinks: [{ text: 'Status', url: '/' }] } },
  });
  const board = fastify();
  prepare(board);
  await board.register(serverAdapter.registerPlugin(), { prefix: PREFIX });
  return board;
}

function asked({ method, url, headers, body }: FastifyRequest): InjectOptions {
  const payload = body === undefined || body === null ? {} : { payload: body };
  return { method: method as NonNullable<InjectOptions['method']>, url, headers: without(headers), ...payload };
}

function without<Value>(headers: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !OWN_HEADERS.has(name)));
}
