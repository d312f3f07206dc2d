import { setTimeout as sleep } from 'node:timers/promises';
import { figure, percentile } from './figure.ts';
import { setBench } from './stage.ts';
import type { Bench, QueueKind, World } from './stage.ts';

/** Seven tenths of what Prometheus with Alertmanager takes at their tightest (1.85 s), polling as often. */
const LIMIT = 1.295;
/** From a verdict to the message's acceptance. */
const TELLING_LIMIT = 0.25;
/** Longer than a poll, so that each change is read; the rest is random, so that changes fall on every phase of the poll: ms. */
const APART = { least: 1150, most: 1650 };

/** A change that became a message; unix ms. */
interface Change {
  readonly traded: number;
  /** `seenAt` of the reading. */
  readonly read: number;
  readonly judged: number;
  readonly accepted: number;
}

/** Seconds from the trade on chain to the message's acceptance, poll and rules at one second, every change one message. */
export async function measureLatency(queue: QueueKind, count: number): Promise<void> {
  const judged: Pick<Change, 'read' | 'judged'>[] = [];
  const onLine = (line: string) => {
    if (!line.includes('"alert changed"')) return;
    const event = JSON.parse(line) as { rule: string; kind: string; at: number; time: string };
    const isTold = event.rule === 'BelowNav' && ['firing', 'resolved'].includes(event.kind);
    if (isTold) judged.push({ read: event.at, judged: Date.parse(event.time) });
  };
  const stage = await setBench({ queue, rules, onLine });
  try {
    await sleep(5000);
    const traded = await trade(stage, count);
    const accepted = stage.slack.received.filter((message) => message.accepted).map(({ at }) => at);
    if (accepted.length !== count || judged.length !== count)
      throw new Error(`${count} changes made ${judged.length} transitions and ${accepted.length} messages.`);
    tell(
      traded.map((at, index) => ({ traded: at, ...judged[index]!, accepted: accepted[index]! })),
      { queue, count },
    );
  } finally {
    await stage.close();
  }
}

/** The times of the receipts; the blocks stood a few ms before. */
async function trade({ world }: Bench, count: number): Promise<readonly number[]> {
  const traded: number[] = [];
  for (let change = 0; change < count; change++) {
    const next = Date.now() + APART.least + Math.random() * (APART.most - APART.least);
    await world.tradeTo(change % 2 === 0 ? 0.9 : 1.26);
    traded.push(Date.now());
    await sleep(next - Date.now());
  }
  await sleep(3000);
  return traded;
}

function tell(changes: readonly Change[], about: Readonly<Record<string, unknown>>): void {
  const say = (name: string, ms: (change: Change) => number, limit?: number) => {
    const seconds = changes.map((change) => ms(change) / 1000);
    for (const share of [50, 95, 99]) {
      const over = share === 99 && limit !== undefined ? { limit } : {};
      figure(`${name}_p${share}_seconds`, percentile(seconds, share / 100), { ...about, ...over });
    }
  };
  say('latency', ({ accepted, traded }) => accepted - traded, LIMIT);
  say('latency_trade_to_read', ({ read, traded }) => read - traded);
  say('latency_read_to_judged', ({ judged, read }) => judged - read);
  say('latency_judged_to_accepted', ({ accepted, judged }) => accepted - judged, TELLING_LIMIT);
}

function rules({ usdc, vault, pool }: World): string {
  return `assets:
  usdc: { name: USD Coin, class: fiat-stable, peg: usd, on: { local: '${usdc.address}' } }
  xusd: { name: Stream xUSD, class: vault-share, peg: nav, on: { local: '${vault.address}' } }
sources:
  - { kind: uniswap_v3_pool, asset: xusd, chain: local, pool: '${pool.address}', quote: usdc, every: 1s }
  - { kind: erc4626, asset: xusd, chain: local, underlying: usdc, every: 1s }
groups:
  - name: bench
    interval: 1s
    rules:
      - record: asset:premium_to_nav_ratio
        expr: price_usd{method="spot"} / on(asset) group_left() nav_per_share_usd - 1
      - alert: BelowNav
        expr: asset:premium_to_nav_ratio{asset="xusd"}
        levels: { critical: { below: -2%, for: 0s, clear: -1% } }
        annotations: { summary: '{{ asset.name }} trades {{ value | percent }} from its NAV' }
`;
}
