// Measures what the worker must hold, one JSON line a figure. Run: npm run bench -- [latency] [latency-redis] [values] [chains] [start] [rounds] [durable] [growth] [memory] [reload] [reloadLive] [discovery] [backtest] [backtestGrowth] [burst] [fall] [crash]
// BENCH_PEERS=FOLDER npm run bench -- beside [PAIRS] runs Prometheus and ours in turn.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPrivatePostgres } from '../src/io/postgres.ts';
import { measureBacktest } from '../tests/bench/backtest.ts';
import { measureBeside } from '../tests/bench/beside.ts';
import { measureMemory } from '../tests/bench/memory.ts';
import { measureGrowth, measureRounds } from '../tests/bench/rounds.ts';
import { measureReload } from '../tests/bench/reload.ts';
import { measureReloadLive } from '../tests/bench/reloadLive.ts';
import { measureBurst } from '../tests/bench/burst.ts';
import { measureFall } from '../tests/bench/fall.ts';
import { measureCrash } from '../tests/bench/crash.ts';
import { measureChains } from '../tests/bench/chains.ts';
import { measureDurable } from '../tests/bench/durable.ts';
import { measureDiscovery } from '../tests/bench/discovery.ts';
import { measureLatency } from '../tests/bench/latency.ts';
import { hasRedis } from '../tests/bench/stage.ts';
import { measureStart } from '../tests/bench/start.ts';
import { measureValues } from '../tests/bench/values.ts';

/** At one and a half seconds each: 200 on one queue would not end in five minutes. */
const CHANGES = 150;
const ROUNDS = { series: 10_000, rules: 1000, fan: 10, groups: 20 };

const BURSTS = [
  { alerts: 10_000, groups: 100, wait: '0s', interval: '1s' },
  { alerts: 10_000, groups: 100, wait: '1s', interval: '1s' },
  { alerts: 50_000, groups: 500, wait: '0s', interval: '1s' },
  { alerts: 50_000, groups: 500, wait: '1s', interval: '1s' },
];

const BENCHES: Readonly<Record<string, () => Promise<void>>> = {
  latency: async () => measureLatency('postgres', CHANGES),
  'latency-redis': async () => {
    if (hasRedis()) await measureLatency('redis', CHANGES);
    else process.stderr.write('No redis-server: latency on Redis was not measured.\n');
  },
  burst: async () => {
    for (const burst of BURSTS) await measureBurst(burst);
  },
  fall: async () => {
    for (const burst of BURSTS) await measureFall(burst);
  },
  crash: async () => measureCrash({ alerts: 10_000, groups: 100 }),
  values: async () => {
    await measureValues(1000);
    await measureValues(10_000);
  },
  chains: async () => {
    for (const values of [2000, 10_000, 20_000]) await measureChains({ values, chains: 5, polls: 10 });
  },
  start: async () => measureStart(5),
  backtest: async () => {
    measureBacktest({ days: 365, entities: 1, rules: 20 }, 5);
    measureBacktest({ days: 30, entities: 25, rules: 20 }, 3);
  },
  backtestGrowth: async () => {
    const month = { days: 30, entities: 1, rules: 20 };
    for (const size of [month, { ...month, days: 300 }, { ...month, rules: 200 }]) measureBacktest(size, 3);
    measureBacktest({ days: 365, entities: 25, rules: 20 }, 1);
  },
  rounds: async () => measureRounds(ROUNDS, 100),
  durable: async () => measureDurable(ROUNDS, 30),
  memory: async () => measureMemory(ROUNDS, 5),
  reload: async () => measureReload(),
  reloadLive: async () => measureReloadLive(3),
  discovery: async () => {
    const data = await mkdtemp(join(tmpdir(), 'tocsin-discovery-'));
    const database = await openPrivatePostgres({ data, log: () => undefined, exclusive: true });
    await measureDiscovery({ logs: 1_000_000, blocks: 300_000, kills: 10, database: database.url.reveal() });
    await database.stop();
    await rm(data, { recursive: true });
  },
  growth: async () => measureGrowth(ROUNDS, 50),
};

/** Only when asked for: needs a folder of scripts that run the programs to compare with. */
const PEERS = process.env['BENCH_PEERS'];
const asked = process.argv.slice(2);
if (asked[0] === 'beside' && PEERS !== undefined) measureBeside(PEERS, Number(asked[1] ?? 5));
else
  for (const name of asked.length === 0 ? Object.keys(BENCHES) : asked) {
    const bench = BENCHES[name];
    if (bench === undefined) throw new Error(`"${name}" is no benchmark. Expected ${Object.keys(BENCHES).join(', ')}.`);
    await bench();
  }
