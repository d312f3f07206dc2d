import { appendFileSync } from 'node:fs';
import { Client } from 'pg';
import { openPrivatePostgres } from '../../src/io/postgres.ts';

/** Owns the private database of a folder and writes to it without end; SIGINT drains and stops. Arguments: folder, file of acknowledged rows. */
const [data = '', acknowledged = ''] = process.argv.slice(2);
const server = await openPrivatePostgres({ data, log: () => undefined, exclusive: true });
const client = new Client({ connectionString: server.url.reveal() });
await client.connect();
await client.query(`create table if not exists written (n serial primary key, pad text default repeat('x', 500))`);

const interrupt = new AbortController();
process.on('SIGINT', () => interrupt.abort());
const write = async () => {
  const { rows } = await client.query<{ n: number }>('insert into written default values returning n');
  appendFileSync(acknowledged, `${rows[0]!.n}\n`);
};
while (!interrupt.signal.aborted) await write();
for (let left = 20; left > 0; left--) await write();
await client.end();
await server.stop();
