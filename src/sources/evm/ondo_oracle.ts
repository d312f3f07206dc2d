import { z } from 'zod';
import { evmAddress } from '../../model/schema.ts';
import { SourceError, type Hex, type RawSample, type SourceIo, type SourceKind } from '../../model/source.ts';
import { toNumber } from './erc20.ts';
import { orAbsent } from './erc4626_exit.ts';

const PRICE = 'function getPrice() view returns (uint256)';
const RANGES =
  'function ranges(uint256) view returns (uint256 start, uint256 end, uint256 dailyInterestRate, uint256 prevRangeClosePrice)';
const PRICE_DATA = 'function getPriceData() view returns (uint256 price, uint256 timestamp)';
const ASSET_PRICE = 'function getAssetPrice(address asset) view returns (uint256)';
/** Ranges are looked for in steps of so many a poll. */
const STEP = 16;

const options = z.strictObject({
  oracle: evmAddress(),
  design: z
    .enum(['dynamic', 'posted', 'asset'])
    .describe(
      '`dynamic`: ranges that compound by the day (USDY); `posted`: a price with its time; `asset`: by token, undated',
    ),
});

export const ondo_oracle: SourceKind<z.infer<typeof options>> = {
  kind: 'ondo_oracle',
  about:
    "What Ondo says that a token is worth, and how old that is. The dynamic oracle's own timestamp is always now and its price never falls: its age is counted from the start of the newest range, and past that range's end the price stands still.",
  reads: 'evm',
  options,
  needs: ['asset', 'chain'],
  metrics: ['nav_per_share_usd', 'oracle_age_seconds', 'parameter_value'],
  traps: ['`getPriceData` of the dynamic oracle returns the block’s own time, so it always looks fresh.'],
  upstream: 'ondo',
  make: ({ oracle, design }, { address }) => {
    const end = { metric: 'parameter_value' as const, labels: { parameter: 'range_end' } };
    const rangeOf = newestRange(oracle);
    if (design === 'asset' && address === undefined)
      throw new Error('`design: asset` needs a `chain` the asset is on.');
    return {
      yields: [
        { metric: 'nav_per_share_usd' },
        ...(design === 'asset' ? [] : [{ metric: 'oracle_age_seconds' as const }]),
        ...(design === 'dynamic' ? [end] : []),
      ],
      labels: { upstream: 'ondo' },
      collect: async (io): Promise<readonly RawSample[]> => {
        if (design === 'asset') return [worth(io, oracle, await io.evm.read<bigint>(oracle, ASSET_PRICE, [address]))];
        if (design === 'posted') {
          const [price, at] = await io.evm.read<readonly [bigint, bigint]>(oracle, PRICE_DATA);
          return [worth(io, oracle, price), age(io, at)];
        }
        const [price, range] = await Promise.all([io.evm.read<bigint>(oracle, PRICE), rangeOf(io)]);
        return [worth(io, oracle, price), age(io, range.start), { ...end, value: Number(range.end) }];
      },
    };
  },
};

function worth(io: SourceIo, oracle: Hex, price: bigint): RawSample {
  if (price > 0n) return { metric: 'nav_per_share_usd', value: toNumber(price, 18) };
  const what = `Oracle ${oracle} on ${io.evm.chain} answered 0; a price must be positive.`;
  throw new SourceError(`${what} Check \`oracle\` and \`design\`.`, { retryable: false });
}

/** A range may be set before it starts; then what it replaces is as old as nothing. */
function age({ evm }: SourceIo, since: bigint): RawSample {
  return { metric: 'oracle_age_seconds', value: Math.max(0, evm.block.timestamp / 1000 - Number(since)) };
}

interface Range {
  readonly start: bigint;
  readonly end: bigint;
}

/**
 * Nothing says how many ranges there are, and `ranges` reverts past the last: they are walked once, then only the ones after the
 * last known are asked for. The newest that has begun is the one that counts.
 */
function newestRange(oracle: Hex) {
  let known = 0;
  return async (io: SourceIo): Promise<Range> => {
    const found = new Map<number, Range>();
    for (let from = known; ; from += STEP) {
      const places = Array.from({ length: STEP }, (_, index) => from + index);
      const asked = places.map((place) =>
        orAbsent(io.evm.read<readonly [bigint, bigint]>(oracle, RANGES, [BigInt(place)])),
      );
      const ranges = await Promise.all(asked);
      ranges.forEach((range, index) => range && found.set(from + index, { start: range[0], end: range[1] }));
      if (ranges.includes(undefined)) break;
    }
    const now = BigInt(io.evm.block.timestamp / 1000);
    const begun = [...found].filter(([, range]) => range.start <= now).toSorted(([a], [b]) => b - a)[0];
    if (begun === undefined) {
      throw new SourceError(`Oracle ${oracle} on ${io.evm.chain} has no range that has begun. Check \`oracle\`.`, {
        retryable: false,
      });
    }
    known = begun[0];
    return begun[1];
  };
}
