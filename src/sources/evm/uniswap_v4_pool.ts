import { encodeAbiParameters, keccak256 } from 'viem';
import { z } from 'zod';
import { evmAddress } from '../../model/schema.ts';
import { SourceError, type Hex, type SourceContext, type SourceIo, type SourceKind } from '../../model/source.ts';
import { depthsOf, inQuote, liquiditySteps, pairOf } from './concentrated.ts';
import { toNumber } from './erc20.ts';
import { executed } from './executed.ts';
import { PAIR_METRICS, pairOptions, pairSeries, pairTokens, toUnits, type PairTokens } from './pair.ts';
import { spotRatio } from './uniswap_v3_math.ts';
import { poolStorage } from './uniswap_v4_storage.ts';

const QUOTE =
  'function quoteExactInputSingle(((address currency0, address currency1, uint24 fee, int24 tickSpacing, address hooks) poolKey, bool zeroForOne, uint128 exactAmount, bytes hookData) params) returns (uint256 amountOut, uint256 gasEstimate)';
const NO_HOOKS = '0x0000000000000000000000000000000000000000';
/** Flags in a hook's address: it may change what a swap pays (`…_RETURNS_DELTA`, v4-core Hooks.sol). */
const TAKES_OVER = 0b1100;

const options = z.strictObject({
  fee: z.number().int().min(0).describe("the pool key's fee in hundredths of a basis point; 8388608 for a dynamic one"),
  tick_spacing: z.number().int().positive(),
  hooks: evmAddress().default(NO_HOOKS),
  manager: evmAddress().default('0x000000000004444c5dc75cB358380D2e3dE08A90').describe('PoolManager of this chain'),
  native: z.boolean().default(false).describe('the asset trades as ether itself, not as its wrapper'),
  quoter: evmAddress().optional().describe('V4Quoter of this chain; `sizes` needs it'),
  ...pairOptions,
});
type Options = z.infer<typeof options>;

export const uniswap_v4_pool: SourceKind<Options> = {
  kind: 'uniswap_v4_pool',
  about:
    'A Uniswap v4 pool, read out of the PoolManager: spot price, executable prices by the quoter and, against a USD-pegged quote, depth within 0.5, 2 and 5 %. A hook that may change what a swap pays makes the stored price no price: then only executable prices are told. Version 4 keeps no time-weighted price.',
  reads: 'evm',
  options,
  needs: ['asset', 'chain', 'address'],
  metrics: PAIR_METRICS,
  traps: [
    'an id that does not exist reads as zeros without a revert; here it is an error.',
    'depth counts no fee that a hook adds.',
  ],
  upstream: 'chain',
  make: (given, context) => {
    const { manager, hooks, quoter, sizes, quote } = given;
    const bound = (Number(BigInt(hooks) & 0x3fffn) & TAKES_OVER) !== 0;
    if ((sizes.length > 0 || bound) && quoter === undefined) {
      throw new Error(
        `${bound ? 'A pool whose hook may change a swap' : '`sizes`'} needs the address of a \`quoter\`.`,
      );
    }
    const tokens = coinsOf(given, context);
    const key = keyOf(given, tokens);
    const id = idOf(key);
    const series = pairSeries(context, quote);
    const pool = poolStorage(manager, id);
    const steps = liquiditySteps({ ...pool, spacing: async () => given.tick_spacing });
    const assetIs0 = key[0] === tokens.asset.toLowerCase();
    const yielded = series.yields({ sizes, depth: !bound });
    return {
      yields: bound ? yielded.slice(1) : yielded,
      labels: { venue: 'uniswap_v4', market: id },
      collect: async (io) => {
        if (series.usd && !bound) steps.foresee(io);
        const pair = await pairOf(io, tokens, assetIs0);
        const ask = async (size: number) => {
          const order = [key, assetIs0, toUnits(size, pair.decimals), '0x'];
          const [amount] = await io.evm.read<readonly [bigint]>(quoter!, QUOTE, [order]);
          return toNumber(amount, pair.quoteDecimals);
        };
        const [state, trades] = await Promise.all([pool.state(io), executed(sizes, series, ask)]);
        if (state === undefined) throw unknownPool(io, id);
        if (bound) return trades;
        const spot = series.price('spot', inQuote(pair, spotRatio(state.sqrtPriceX96)));
        if (!series.usd) return [spot, ...trades];
        return [spot, ...trades, ...depthsOf(series, pair, { state, steps: await steps.read(io, state.tick) })];
      },
    };
  },
};

function coinsOf({ native, quote }: Options, context: SourceContext): PairTokens {
  if (!native) return pairTokens(context, quote);
  return { ...pairTokens(context, quote), asset: NO_HOOKS };
}

/** Currencies in the order of their addresses, then fee, spacing and hooks: what the pool's id is the hash of. */
type Key = readonly [Hex, Hex, number, number, Hex];

function keyOf({ fee, tick_spacing: spacing, hooks }: Options, { asset, quote }: PairTokens): Key {
  const [first, second] = [asset, quote].map((each) => each.toLowerCase() as Hex).sort();
  return [first!, second!, fee, spacing, hooks.toLowerCase() as Hex];
}

function idOf(key: Key): Hex {
  const types = ['address', 'address', 'uint24', 'int24', 'address'].map((type) => ({ type }));
  return keccak256(encodeAbiParameters(types, key));
}

/** Whatever is read of a pool that does not exist is zero. */
function unknownPool(io: SourceIo, id: Hex): SourceError {
  const what = `The PoolManager of ${io.evm.chain} has no pool ${id}, or none with a price.`;
  return new SourceError(`${what} Check \`fee\`, \`tick_spacing\`, \`hooks\` and both assets.`, { retryable: false });
}
