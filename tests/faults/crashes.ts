import type { Pool, PoolClient } from 'pg';

/** A process that ends at an enumerated moment: before or after its n-th statement or send. Nothing it does comes back then. */
export interface Life {
  /** Settles when the process has ended. */
  readonly ended: Promise<void>;
  readonly isOver: () => boolean;
  /** One enumerated step of the process. */
  readonly step: <Answer>(work: () => Promise<Answer>) => Promise<Answer>;
  readonly onEnd: (clean: () => void) => void;
  readonly end: () => void;
}

const NEVER = new Promise<never>(() => undefined);

/** `point` counts moments: 2 n is before the n-th step, 2 n + 1 is after it. */
export function lifeOf(point: number): Life {
  let moment = 0;
  let over = false;
  let settle: () => void;
  const cleaning: (() => void)[] = [];
  const ended = new Promise<void>((resolve) => (settle = resolve));
  const end = () => {
    if (over) return;
    over = true;
    for (const clean of cleaning.splice(0)) clean();
    settle();
  };
  const step = async <Answer>(work: () => Promise<Answer>): Promise<Answer> => {
    if (!over && moment++ === point) end();
    if (over) return NEVER;
    const answer = await work();
    if (!over && moment++ === point) end();
    return over ? NEVER : answer;
  };
  return { ended, isOver: () => over, step, onEnd: (clean) => void cleaning.push(clean), end };
}

type Ask = (...args: readonly unknown[]) => Promise<unknown>;

/** The same pool as one life sees it: its connections break with it, as the kernel closes those of a killed process. */
export function poolOf(pool: Pool, life: Life): Pool {
  const wrapped = (client: PoolClient): PoolClient => {
    const ask = client.query.bind(client) as unknown as Ask;
    let isBack = false;
    life.onEnd(() => {
      if (isBack) return;
      (client as unknown as { connection: { stream: { destroy: () => void } } }).connection.stream.destroy();
      client.release(true);
    });
    const release = () => {
      if (isBack || life.isOver()) return;
      isBack = true;
      client.release();
    };
    return {
      query: async (...args: unknown[]) => life.step(async () => ask(...args)),
      release,
    } as unknown as PoolClient;
  };
  return {
    connect: async () => {
      if (life.isOver()) return NEVER;
      const client = await pool.connect();
      if (!life.isOver()) return wrapped(client);
      client.release();
      return NEVER;
    },
    end: async () => undefined,
  } as unknown as Pool;
}
