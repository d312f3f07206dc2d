import { setTimeout as sleep } from 'node:timers/promises';
import { figure } from './figure.ts';
import { databaseCpu, scrape, setBench } from './stage.ts';
import type { Bench, World } from './stage.ts';

const POLLS = 12;

/** What a poll costs when this many values of one chain are watched: requests, CPU of the worker and of its database. */
export async function measureValues(count: number): Promise<void> {
  const every = count > 1000 ? 10 : 5;
  const stage = await setBench({ rules: (world) => watching(world, count, [every]) });
  try {
    await polled(stage, 2);
    const before = await costs(stage);
    await polled(stage, before.polls + POLLS);
    const after = await costs(stage);
    const polls = after.polls - before.polls;
    const each = (name: keyof typeof before) => (after[name] - before[name]) / polls;
    const about = { values: count, polls, every };
    figure('eth_calls_per_poll', each('calls'), { ...about, ...(count === 1000 && { limit: 3.01 }) });
    figure('rpc_requests_per_poll', each('requests'), about);
    figure('poll_ms', each('pollSeconds') * 1000, about);
    figure('evaluation_ms_per_poll', each('evaluationSeconds') * 1000, about);
    figure('worker_cpu_ms_per_poll', each('cpu') * 1000, about);
    figure('database_cpu_ms_per_poll', each('databaseCpu') * 1000, about);
    figure('failed_sources_per_poll', each('failures'), about);
  } finally {
    await stage.close();
  }
}

async function costs({ worker, folder }: Bench) {
  const sum = await scrape(worker());
  return {
    polls: sum('tocsin_poll_seconds_count', 'evm.'),
    calls: sum('tocsin_rpc_requests_total', 'method="eth_call"'),
    requests: sum('tocsin_rpc_requests_total'),
    pollSeconds: sum('tocsin_poll_seconds_sum', 'evm.'),
    evaluationSeconds: sum('tocsin_evaluation_seconds_sum'),
    cpu: sum('tocsin_process_cpu_seconds_total'),
    failures: sum('tocsin_source_failures_total'),
    databaseCpu: databaseCpu(folder),
  };
}

async function polled({ worker }: Bench, polls: number): Promise<void> {
  while ((await scrape(worker()))('tocsin_poll_seconds_count', 'evm.') < polls) await sleep(250);
}

/** Sources that read this many values: balances for the most part, one in ten of a vault, a few pools; cadences (s) in turn. */
export function watching({ usdc, vault, pool }: World, count: number, cadences: readonly number[]): string {
  const every = (index: number) => `every: ${cadences[index % cadences.length]}s`;
  const vaults = Array.from({ length: count / 10 / 3 }, (_, index) => {
    return `  - { kind: erc4626, id: vault${index}, asset: xusd${index}, chain: local, underlying: usdc, ${every(index)} }`;
  });
  const pools = Array.from({ length: 3 }, (_, index) => {
    return `  - { kind: uniswap_v3_pool, id: pool${index}, asset: xusd${index}, chain: local, pool: '${pool.address}', quote: usdc, ${every(index)} }`;
  });
  const held = count - vaults.length * 3 - pools.length * 5;
  const balances = Array.from({ length: held }, (_, index) => {
    const holder = `0x${(index + 1).toString(16).padStart(40, '0')}`;
    return `  - { kind: erc20_balance, id: balance${index}, asset: usdc, chain: local, holder: '${holder}', ${every(index)} }`;
  });
  const assets = Array.from({ length: vaults.length }, (_, index) => {
    return `  xusd${index}: { name: Stream xUSD ${index}, class: vault-share, peg: nav, on: { local: '${vault.address}' } }`;
  });
  return `assets:
  usdc: { name: USD Coin, class: fiat-stable, peg: usd, on: { local: '${usdc.address}' } }
${assets.join('\n')}
sources:
${[...balances, ...vaults, ...pools].join('\n')}
groups:
  - name: bench
    interval: 15s
    rules:
      - alert: BelowNav
        expr: price_usd{method="spot"} / on(asset) group_left() nav_per_share_usd - 1
        levels: { warning: { below: -0.5%, clear: -0.3% }, critical: { below: -2%, clear: -1% } }
      - alert: BalanceHigh
        expr: balance_tokens
        levels: { warning: { above: 1000 }, critical: { above: 5000 } }
      - alert: ShareFell
        expr: share_price_ratio
        levels: { critical: { below: 100%, clear: 101% } }
      - alert: Drained
        expr: sum(balance_tokens) < -1
`;
}
