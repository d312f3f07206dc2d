import { openQueues } from '../../src/jobs/queues.ts';
import { Secret } from '../../src/model/secret.ts';

/** Takes one job and holds it until it is killed. */
const kind = process.env['QUEUE_KIND'] as 'postgres' | 'redis';
const queues = await openQueues({ kind, url: new Secret(process.env['QUEUE_URL']!) }, () => undefined);
queues.work('collect', 1, async ({ slot }) => {
  process.stdout.write(`${slot}\n`);
  await new Promise(() => undefined);
});
