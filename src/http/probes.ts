import type { FastifyInstance, FastifyRequest } from 'fastify';

export interface Health {
  readonly ok: boolean;
  /** One line for each part that was looked at. */
  readonly checks: Readonly<Record<string, string>>;
}

interface Probes {
  readonly health: () => Promise<Health>;
  readonly metrics: () => Promise<string>;
  readonly openReading: boolean;
}

/** For machines that watch Tocsin. Strangers learn from `/healthz` only whether it is well. */
export function probeRoutes(app: FastifyInstance, { health, metrics, openReading }: Probes): void {
  const trusts = (request: FastifyRequest): boolean => openReading || request.claim === 'right';

  app.get('/healthz', async (request, reply) => {
    const { ok, checks } = await health();
    reply.code(ok ? 200 : 503).header('cache-control', 'no-store');
    return trusts(request) ? { ok, checks } : { ok };
  });

  app.get('/metrics', async (_request, reply) =>
    reply.type('text/plain; version=0.0.4; charset=utf-8').send(await metrics()),
  );
}
