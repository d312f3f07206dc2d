// Scans the logs of a local node into a database until nothing is left. Run by tests, which kill it: discover.ts NODE DATABASE
import { createEvmChain } from '../../src/io/evm.ts';
import { Secret } from '../../src/model/secret.ts';
import { openStore } from '../../src/store/index.ts';
import { FACTORY } from './logNode.ts';

const [node = '', database = ''] = process.argv.slice(2);
const QUERY = {
  address: FACTORY,
  event: 'event PairCreated(address indexed token0, address indexed token1, address pair, uint256 count)',
  from: 1,
  keysOf: ({ token0, token1 }: Readonly<Record<string, unknown>>) => [String(token0), String(token1)],
} as const;

const store = await openStore({ url: new Secret(database), log: () => undefined });
const config = {
  name: 'ethereum',
  kind: 'evm',
  id: 1,
  rpc: [new Secret(node)],
  batchBytes: 16_384,
  timeout: 30_000,
} as const;
const chain = createEvmChain(config, { machineNow: Date.now, logs: store });
for (let left = 1; left > 0;) {
  left = await chain.run(async (reads) => (await reads.logs(QUERY)).unscanned, AbortSignal.timeout(600_000));
  process.stdout.write(
    `${JSON.stringify({ left, rss: process.memoryUsage().rss, cpu: process.cpuUsage().user + process.cpuUsage().system })}\n`,
  );
}
await store.close();
