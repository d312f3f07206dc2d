import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'pg';
import { wallClock } from '../../src/io/clock.ts';
import { openQueues } from '../../src/jobs/queues.ts';
import type { Queues } from '../../src/jobs/queues.ts';
import { deliverId } from '../../src/jobs/tick.ts';
import { NotifyError } from '../../src/model/notification.ts';
import type { Notifier } from '../../src/model/notification.ts';
import type { DueKey } from '../../src/model/claim.ts';
import type { Post } from '../../src/model/posted.ts';
import { Secret } from '../../src/model/secret.ts';
import { lifeOf } from './crashes.ts';
import { RECEIVERS } from './rules.ts';
import type { Setting } from './rules.ts';
import { startProcess } from './world.ts';

/** A process of its own, to be killed: evaluates and tells in real time, with its deliveries on Redis where there is one. */
interface Orders {
  readonly database: string;
  readonly redis: string | undefined;
  readonly receiver: string;
  readonly setting: Setting;
}

const { database, redis, receiver, setting } = JSON.parse(process.argv[2]!) as Orders;
/** Longer than a busy machine needs: a send that is given up although it was accepted is told again. */
const SEND_MS = 10_000;

const notifier: Notifier = {
  send: async (notification) => {
    const retryable = true;
    const request = { method: 'POST', body: JSON.stringify(notification), signal: AbortSignal.timeout(SEND_MS) };
    const answer = await fetch(receiver, request)
      .then(async (response) => ({
        status: response.status,
        text: await response.text(),
        wait: response.headers.get('retry-after'),
      }))
      .catch((cause: unknown) => {
        throw new NotifyError('did not answer', { retryable, cause });
      });
    if (answer.status === 200) return answer.text;
    throw new NotifyError(`answered ${answer.status}`, { retryable, retryAfterMs: Number(answer.wait ?? 0) * 1000 });
  },
};

const pool = new Pool({ connectionString: database, max: 6 });
pool.on('error', () => undefined);
const clock = wallClock();
const worker = await startProcess({
  ...{ pool, life: lifeOf(Infinity), setting, onWritten: () => undefined },
  clocks: { now: clock.monotonic, machineNow: clock.machineNow },
  notifiers: new Map(RECEIVERS.map((name) => [name, notifier])),
});
// It is alone: what is claimed was claimed by a process that is dead.
await worker.store.freeClaims();
const queues =
  redis === undefined ? undefined : await openQueues({ kind: 'redis', url: new Secret(redis) }, () => undefined);
queues?.work('deliver', 4, async (key) => worker.tell(key));
createInterface({ input: process.stdin }).on('line', (line) => {
  worker.post(JSON.parse(line) as readonly Post[]).catch(() => undefined);
});
process.stdout.write('started\n');
const tell = async (key: DueKey) => (queues ? add(queues, key) : worker.tell(key));
for (;;) {
  try {
    await worker.judge();
    for (const key of await worker.due()) await tell(key);
  } catch {
    // A database that is locked or away is there again later.
  }
  await sleep(25);
}

/** A queue that is away must not keep the next look waiting. */
async function add(to: Queues, key: DueKey): Promise<void> {
  const added = to.add('deliver', deliverId(key), key).catch(() => undefined);
  await Promise.race([added, sleep(100)]);
}
