import type { KeptLog, LogQuery } from '../../model/logs.ts';
import type { Hex, RawSample, SourceIo } from '../../model/source.ts';
import { toNumber } from './erc20.ts';
import type { Yields } from './lending.ts';
import { NEAR } from './window.ts';

export const PENDING = 'function pendingRedeemRequest(uint256 requestId, address controller) view returns (uint256)';
const REQUEST =
  'event RedeemRequest(address indexed controller, address indexed owner, uint256 indexed requestId, address sender, uint256 shares)';
/** Requests that are looked at, the latest first. */
const MOST_REQUESTS = 2000;
const ALL = 'request';

const labels = { unit: 'shares' };

export const queueYields: Yields = [
  { metric: 'redemption_queue_tokens', labels },
  { metric: 'redemption_wait_seconds' },
  { metric: 'unscanned_blocks_count' },
];

/** What waits in all queues of an ERC-7540 vault together, and how long the oldest request has waited. */
export async function queueSamples(
  io: SourceIo,
  { vault, from, decimals }: { readonly vault: Hex; readonly from: number; readonly decimals: number },
): Promise<readonly RawSample[]> {
  const query: LogQuery = { address: vault, event: REQUEST, from, keysOf: () => [ALL] };
  const scanned = await io.evm.logs(query);
  const behind: RawSample = { metric: 'unscanned_blocks_count', value: scanned.unscanned };
  if (scanned.unscanned > NEAR) return [behind];
  const queues = byQueue(await scanned.find(ALL, MOST_REQUESTS));
  const waiting = await Promise.all(queues.map(async (requests) => pendingOf(io, vault, requests)));
  const total = waiting.reduce((sum, { pending }) => sum + pending, 0n);
  const oldest = waiting.flatMap(({ since }) => since ?? []);
  const madeAt = oldest.length === 0 ? io.evm.block.timestamp : await io.evm.timeOf(Math.min(...oldest));
  return [
    behind,
    { metric: 'redemption_queue_tokens', labels, value: toNumber(total, decimals) },
    { metric: 'redemption_wait_seconds', value: Math.max(0, io.evm.block.timestamp - madeAt) / 1000 },
  ];
}

/** Requests of one controller under one id, newest first. */
function byQueue(logs: readonly KeptLog[]): readonly (readonly KeptLog[])[] {
  const queues = new Map<string, KeptLog[]>();
  for (const log of logs) {
    const name = `${log.args['controller']} ${log.args['requestId']}`;
    queues.set(name, [...(queues.get(name) ?? []), log]);
  }
  return [...queues.values()];
}

/** What of a queue waits, and the block of the oldest request that does: the newest requests are what is left. */
async function pendingOf(io: SourceIo, vault: Hex, requests: readonly KeptLog[]) {
  const { controller, requestId } = requests[0]!.args;
  const pending = await io.evm.read<bigint>(vault, PENDING, [BigInt(requestId!), controller]);
  let left = pending;
  let since: number | undefined;
  for (const { block, args } of requests) {
    if (left <= 0n) break;
    left -= BigInt(args['shares']!);
    since = block;
  }
  return { pending, since };
}
