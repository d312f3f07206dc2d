import { SourceError, type Hex, type SourceIo } from '../../model/source.ts';
import { toNumber } from './erc20.ts';

const ROUND = 'function latestRoundData() view returns (uint80, int256, uint256, uint256, uint80)';
const DECIMALS = 'function decimals() view returns (uint8)';

/** Round id, answer, started at, updated at (unix seconds); what follows is deprecated. */
type RoundData = readonly [bigint, bigint, bigint, bigint, bigint];

/** The newest round of a Chainlink feed, or of what answers like one. */
export interface Round {
  readonly id: bigint;
  /** In the feed's own unit, above 0. */
  readonly answer: number;
  /** s between its update and the block. */
  readonly age: number;
}

/** Reads the newest round. @throws {SourceError} for a round that cannot be true. */
export async function readRound(io: SourceIo, feed: Hex): Promise<Round> {
  // Behind its proxy a feed can be exchanged, so its decimals are no lasting fact.
  const [decimals, round] = await Promise.all([
    io.evm.read<number>(feed, DECIMALS),
    io.evm.read<RoundData>(feed, ROUND),
  ]);
  const { timestamp } = io.evm.block;
  const [id, answer, , updatedAt] = round;
  const why = whyNot({ id, answer, updatedAt }, timestamp);
  if (why === undefined) {
    return { id, answer: toNumber(answer, decimals), age: timestamp / 1000 - Number(updatedAt) };
  }
  throw new SourceError(`Chainlink feed ${feed} answered ${why}. Check the feed's address.`, { retryable: false });
}

function whyNot(
  { id, answer, updatedAt }: Record<'id' | 'answer' | 'updatedAt', bigint>,
  timestamp: number,
): string | undefined {
  if (answer <= 0n) return `${answer}; a price must be positive`;
  if (id === 0n || updatedAt === 0n) return `round ${id} of time ${updatedAt}; a round must be complete`;
  if (Number(updatedAt) * 1000 > timestamp) return `a round of time ${updatedAt}, later than the block it was read in`;
  return undefined;
}
