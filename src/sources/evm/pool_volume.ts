import { z } from 'zod';
import { duration, evmAddress } from '../../model/schema.ts';
import type { Hex, SourceIo, SourceKind } from '../../model/source.ts';
import { coinsOnce } from './curveCoins.ts';
import { dollarsOf } from './dollars.ts';
import { decimalsOf, toNumber } from './erc20.ts';
import { pairTokens, placesIn, type PairTokens } from './pair.ts';
import { SWAPS, trades, volumeNames, type SwapVenue } from './swaps.ts';
import { DAY, NEAR, totalOf, windowLabel } from './window.ts';

const TOKEN0 = 'function token0() view returns (address)';
const TOKEN1 = 'function token1() view returns (address)';
const NAMES = Object.keys(SWAPS) as [SwapVenue, ...SwapVenue[]];

const options = z.strictObject({
  venue: z
    .enum(NAMES)
    .describe('whose pool; curve_crypto_ng are Twocrypto-NG and Tricrypto-NG, whose events have more fields'),
  pool: evmAddress().describe('the pool; for uniswap_v4 the PoolManager, for balancer_v2 the Vault'),
  pool_id: z
    .string()
    .regex(/^0x[0-9a-fA-F]{64}$/, { error: 'expected a pool id: 0x and 64 hex digits, in quotes' })
    .transform((value) => value as Hex)
    .optional()
    .describe('which pool of the PoolManager or the Vault'),
  quote: z.string().describe('the asset that is traded against, by id: its side of each trade is counted'),
  native: z.boolean().default(false).describe('uniswap_v4: the asset trades as ether itself'),
  price_feed: evmAddress()
    .optional()
    .describe('Chainlink feed in USD of the quote; default: 1 USD when the peg of `quote` is usd'),
  window: duration()
    .refine((ms) => ms >= 60_000, { error: 'expected at least 1m' })
    .default(DAY)
    .describe('over how long; becomes the label `window`'),
});
type Options = z.infer<typeof options>;

export const pool_volume: SourceKind<Options> = {
  kind: 'pool_volume',
  about: 'USD traded in a pool between the asset and the quote within a window, out of its swap events.',
  reads: 'evm',
  options,
  needs: ['asset', 'chain', 'address'],
  metrics: ['volume_usd', 'unscanned_blocks_count'],
  traps: [
    'volume is easily made up by trading with oneself.',
    'a Curve pool over another pool: trades of the coins behind it (`TokenExchangeUnderlying`) are not counted.',
    'a trade is counted by its quote side at the quote’s price of now.',
    'the window may be longer by a hundredth.',
  ],
  upstream: 'chain',
  make: (given, context) => {
    const { venue, pool, pool_id: id, quote, window, native } = given;
    if ('id' in SWAPS[venue] !== (id !== undefined)) {
      throw new Error(`\`venue: ${venue}\` ${id === undefined ? 'needs' : 'has no'} \`pool_id\`.`);
    }
    const pair = pairTokens(context, quote);
    const tokens = native ? { ...pair, asset: ETHER } : pair;
    const dollars = dollarsOf({ ...context, asset: context.assets[quote]! }, given.price_feed);
    const labels = { window: windowLabel(window), quote };
    const curveCoins = coinsOnce(pool);
    return {
      yields: [{ metric: 'volume_usd', labels }, { metric: 'unscanned_blocks_count' }],
      labels: { venue: isCurve(venue) ? 'curve' : venue, market: marketOf(given) },
      collect: async (io) => {
        const [[asset, money], scanned, decimals, price] = await Promise.all([
          placesOf(io, given, { tokens, curveCoins }),
          io.evm.logs(trades(venue, { address: pool, id, window })),
          decimalsOf(io, tokens.quote),
          dollars(io),
        ]);
        const behind = { metric: 'unscanned_blocks_count' as const, value: scanned.unscanned };
        if (scanned.unscanned > NEAR) return [behind];
        const sums = await Promise.all(volumeNames(money, asset).map(async (name) => totalOf(scanned, name)));
        const traded = sums.reduce((sum, each) => sum + each, 0n);
        return [behind, { metric: 'volume_usd', labels, value: toNumber(traded, decimals) * price }];
      },
    };
  },
};

const ETHER: Hex = '0x0000000000000000000000000000000000000000';

const isCurve = (venue: SwapVenue) => venue.startsWith('curve');

/** As the venue's own source writes label `market`. */
function marketOf({ venue, pool, pool_id: id }: Options): string {
  const name = venue === 'balancer_v2' ? id?.slice(0, 42) : id;
  return (name ?? pool).toLowerCase();
}

/** What the pool's events call the asset and the quote. */
async function placesOf(
  io: SourceIo,
  { venue, pool }: Options,
  { tokens, curveCoins }: { readonly tokens: PairTokens; readonly curveCoins: ReturnType<typeof coinsOnce> },
): Promise<readonly [string, string]> {
  const [asset, quote] = [tokens.asset.toLowerCase(), tokens.quote.toLowerCase()];
  if (venue === 'balancer_v2') return [asset, quote];
  if (venue === 'uniswap_v4') return asset < quote ? ['0', '1'] : ['1', '0'];
  const coins = isCurve(venue) ? (await curveCoins(io)).coins : await coinsOfPair(io, pool);
  const [i, j] = placesIn(`Pool ${pool} on ${io.evm.chain}`, coins, tokens);
  return [String(i), String(j)];
}

async function coinsOfPair(io: SourceIo, pool: Hex): Promise<readonly Hex[]> {
  return Promise.all([TOKEN0, TOKEN1].map(async (view) => io.evm.fact<Hex>(pool, view)));
}
