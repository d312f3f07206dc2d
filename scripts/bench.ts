// Measures what the worker must hold, one JSON line a figure. Run: npm run bench -- [latency] [values] [start] [rounds] [growth]
import { measureRounds } from '../tests/bench/rounds.ts';
import { measureLatency } from '../tests/bench/latency.ts';
import { hasRedis } from '../tests/bench/stage.ts';
import { measureStart } from '../tests/bench/start.ts';
import { measureValues } from '../tests/bench/values.ts';

const CHANGES = 200;
const ROUNDS = { series: 10_000, rules: 1000, fan: 10, groups: 20 };

const BENCHES: Readonly<Record<string, () => Promise<void>>> = {
  latency: async () => {
    await measureLatency('postgres', CHANGES);
    if (hasRedis()) await measureLatency('redis', CHANGES);
    else process.stderr.write('No redis-server: latency on Redis was not measured.\n');
  },
  values: async () => {
    await measureValues(1000);
    await measureValues(10_000);
  },
  start: async () => measureStart(5),
  rounds: async () => measureRounds(ROUNDS, 100),
  growth: async () => {
    for (const size of [ROUNDS, { ...ROUNDS, series: 1000 }, { ...ROUNDS, rules: 10_000 }]) measureRounds(size, 50);
  },
};

const asked = process.argv.slice(2);
for (const name of asked.length === 0 ? Object.keys(BENCHES) : asked) {
  const bench = BENCHES[name];
  if (bench === undefined) throw new Error(`"${name}" is no benchmark. Expected ${Object.keys(BENCHES).join(', ')}.`);
  await bench();
}
