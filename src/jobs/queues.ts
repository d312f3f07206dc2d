import { createPostgresBackend, Queue, runMigrations, Worker } from 'bullmq';
import type { BackendFactory, JobsOptions, Processor, QueueOptions, RedisQueueBackend, WorkerOptions } from 'bullmq';
import { Redis } from 'ioredis';
import pg from 'pg';
import type { Secret } from '../model/secret.ts';

export interface CollectJob {
  readonly batch: string;
  /** Unix ms, judging clock. */
  readonly slot: number;
}

export interface EvaluateJob {
  readonly group: string;
  /** Evaluation instant: unix ms, judging clock. */
  readonly at: number;
  /** Groups that were evaluated one after the other because each reads what the one before recorded. */
  readonly hops?: number;
}

export interface DeliverJob {
  readonly receiver: string;
  readonly groupKey: string;
}

export interface Jobs {
  readonly collect: CollectJob;
  readonly evaluate: EvaluateJob;
  readonly deliver: DeliverJob;
}

export type JobName = keyof Jobs;

/** Where the queues live. The worker decides nothing on what they remember: they may be emptied at any moment. */
export type QueueBackend =
  | { readonly kind: 'redis'; readonly url: Secret }
  | { readonly kind: 'postgres'; readonly url: Secret };

export interface Queues {
  readonly kind: QueueBackend['kind'];
  readonly all: readonly Queue[];
  /** Adds a job unless one of this id is waiting or running. Whether it is still needed, the store knows. */
  readonly add: <Name extends JobName>(name: Name, id: string, job: Jobs[Name]) => Promise<void>;
  readonly work: <Name extends JobName>(
    name: Name,
    concurrency: number,
    process: (job: Jobs[Name]) => Promise<void>,
  ) => Worker;
  /** Waits for the jobs that run; a second call waits with the first. */
  readonly close: () => Promise<void>;
}

/** Finished jobs stay for people to look at. */
const KEPT: JobsOptions = { removeOnComplete: { age: 3600, count: 1000 }, removeOnFail: { age: 86_400, count: 1000 } };

/** A worker that died loses its jobs to others after this many ms. */
const LOCK = 10_000;
const STALLED = { lockDuration: LOCK, stalledInterval: LOCK / 2, maxStalledCount: 10 };

/** BullMQ types the factory by its backend; queues and workers of both backends behave alike. */
type Factory = BackendFactory<RedisQueueBackend>;

/** Opens the three queues; `onError` hears of lost connections, which mend themselves. */
export async function openQueues(backend: QueueBackend, onError: (error: Error) => void): Promise<Queues> {
  const link = backend.kind === 'redis' ? redisLink(backend.url, onError) : await postgresLink(backend.url, onError);
  const queues = Object.fromEntries(
    (['collect', 'evaluate', 'deliver'] as const).map((name) => {
      const queue = new Queue(name, link.producer, link.factory);
      queue.on('error', onError);
      return [name, queue];
    }),
  ) as Record<JobName, Queue>;
  const workers: Worker[] = [];
  const running = new Set<Promise<void>>();
  let closing: Promise<void> | undefined;
  return {
    kind: backend.kind,
    all: Object.values(queues),
    add: async (name, id, job) =>
      void (await queues[name].add(name, job, { deduplication: { id: jobId(name, id) }, ...KEPT })),
    work: (name, concurrency, process) => {
      const run: Processor = async (job) => {
        const work = process(job.data);
        running.add(work);
        await work.finally(() => running.delete(work));
      };
      const worker = new Worker(name, run, { ...link.worker, ...STALLED, concurrency }, link.factory);
      worker.on('error', onError);
      workers.push(worker);
      return worker;
    },
    close: async () => (closing ??= closeAll({ workers, queues: Object.values(queues), running, link })),
  };
}

interface Opened {
  readonly workers: readonly Worker[];
  readonly queues: readonly Queue[];
  readonly running: ReadonlySet<Promise<void>>;
  readonly link: Link;
}

async function closeAll({ workers, queues, running, link }: Opened): Promise<void> {
  const isCutOff = !link.isUp();
  // A worker that waits for its jobs waits until the server has heard of their end.
  if (isCutOff) await Promise.allSettled(running);
  await Promise.all(workers.map(async (worker) => worker.close(isCutOff)));
  await Promise.all(queues.map(async (queue) => queue.close()));
  await link.close();
}

interface Link {
  readonly producer: QueueOptions;
  readonly worker: Pick<WorkerOptions, 'connection' | 'prefix'>;
  /** Undefined takes BullMQ's own, Redis. */
  readonly factory: Factory;
  /** False while there is no connection. */
  readonly isUp: () => boolean;
  readonly close: () => Promise<void>;
}

/** One hash tag, so that all keys of a queue share a slot on a Redis Cluster. */
const PREFIX = '{tocsin}';

function redisLink(url: Secret, onError: (error: Error) => void): Link {
  const producer = new Redis(url.reveal(), { enableOfflineQueue: false, maxRetriesPerRequest: 1, lazyConnect: false });
  const worker = new Redis(url.reveal(), { maxRetriesPerRequest: null });
  for (const client of [producer, worker]) client.on('error', onError);
  return {
    // A check whose answer is lost would refuse every job for good; the workers make it, and try again.
    producer: { connection: producer, prefix: PREFIX, skipVersionCheck: true },
    worker: { connection: worker, prefix: PREFIX },
    factory: undefined as unknown as Factory,
    isUp: () => worker.status === 'ready',
    close: async () => {
      producer.disconnect();
      worker.disconnect();
    },
  };
}

/** One pool for everything: each listening worker holds a connection. */
async function postgresLink(url: Secret, onError: (error: Error) => void): Promise<Link> {
  const options = '-c search_path=bullmq,public -c synchronous_commit=off';
  const pool = new pg.Pool({ connectionString: url.reveal(), options, max: 24 });
  pool.on('error', onError);
  const client = await pool.connect();
  try {
    await runMigrations(client, 'bullmq');
  } finally {
    client.release();
  }
  const connection = pool as unknown as QueueOptions['connection'];
  return {
    producer: { connection },
    worker: { connection },
    factory: createPostgresBackend as unknown as Factory,
    // Connections are made on demand, and a query that gets none fails at once.
    isUp: () => true,
    close: async () => pool.end(),
  };
}

/** BullMQ refuses `:` in ids and ids that are integers. Different ids stay different. */
function jobId(name: string, id: string): string {
  return `${name}.${id.replaceAll(/[^\w.-]/gu, (character) => `~${character.codePointAt(0)!.toString(16)}~`)}`;
}
