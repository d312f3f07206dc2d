import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { FastifyAdapter } from '@bull-board/fastify';
import type { Queue } from 'bullmq';
import type { FastifyInstance } from 'fastify';
import { JOBS_POLICY } from './headers.ts';

const PREFIX = '/jobs';

/** The job dashboard over the queues, on either backend. */
export async function jobBoard(app: FastifyInstance, queues: readonly Queue[]): Promise<void> {
  const serverAdapter = new FastifyAdapter().setBasePath(PREFIX);
  createBullBoard({
    queues: queues.map((queue) => new BullMQAdapter(queue)),
    serverAdapter,
    options: { uiConfig: { boardTitle: 'Tocsin jobs', miscLinks: [{ text: 'Status', url: '/' }] } },
  });
  await app.register(
    async (board) => {
      board.addHook('onSend', async (_request, reply) => {
        reply.header('content-security-policy', JOBS_POLICY);
      });
      await board.register(serverAdapter.registerPlugin());
    },
    { prefix: PREFIX },
  );
}
