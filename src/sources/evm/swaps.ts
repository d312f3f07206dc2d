import type { LogQuery } from '../../model/logs.ts';
import type { Hex } from '../../model/source.ts';

type Arguments = Readonly<Record<string, unknown>>;

/** What a trade paid in and took out, by what the pool's events call its coins. */
interface Trade {
  readonly paid: readonly [coin: string, amount: bigint];
  readonly taken: readonly [coin: string, amount: bigint];
}

/** How pools of a venue tell of trades. */
interface SwapEvent {
  readonly event: string;
  /** Undefined where nothing changed hands. */
  readonly trade: (args: Arguments) => Trade | undefined;
  /** The argument that names the pool where one contract holds them all. */
  readonly id?: string;
}

/** Of two signed amounts the pool's: what came in is above 0. */
function signed(amount0: bigint, amount1: bigint): Trade | undefined {
  if (amount0 > 0n && amount1 <= 0n) return { paid: ['0', amount0], taken: ['1', -amount1] };
  if (amount1 > 0n && amount0 <= 0n) return { paid: ['1', amount1], taken: ['0', -amount0] };
  return undefined;
}

const big = (args: Arguments, name: string) => args[name] as bigint;

function exchanged(args: Arguments): Trade {
  return {
    paid: [String(args['sold_id']), big(args, 'tokens_sold')],
    taken: [String(args['bought_id']), big(args, 'tokens_bought')],
  };
}

export const SWAPS = {
  uniswap_v2: {
    event:
      'event Swap(address indexed sender, uint256 amount0In, uint256 amount1In, uint256 amount0Out, uint256 amount1Out, address indexed to)',
    trade: (args) =>
      signed(big(args, 'amount0In') - big(args, 'amount0Out'), big(args, 'amount1In') - big(args, 'amount1Out')),
  },
  uniswap_v3: {
    event:
      'event Swap(address indexed sender, address indexed recipient, int256 amount0, int256 amount1, uint160 sqrtPriceX96, uint128 liquidity, int24 tick)',
    trade: (args) => signed(big(args, 'amount0'), big(args, 'amount1')),
  },
  uniswap_v4: {
    event:
      'event Swap(bytes32 indexed id, address indexed sender, int128 amount0, int128 amount1, uint160 sqrtPriceX96, uint128 liquidity, int24 tick, uint24 fee)',
    // As the trader's: what is paid in is below 0.
    trade: (args) => signed(-big(args, 'amount0'), -big(args, 'amount1')),
    id: 'id',
  },
  balancer_v2: {
    event:
      'event Swap(bytes32 indexed poolId, address indexed tokenIn, address indexed tokenOut, uint256 amountIn, uint256 amountOut)',
    trade: (args) => ({
      paid: [String(args['tokenIn']), big(args, 'amountIn')],
      taken: [String(args['tokenOut']), big(args, 'amountOut')],
    }),
    id: 'poolId',
  },
  curve: {
    event:
      'event TokenExchange(address indexed buyer, int128 sold_id, uint256 tokens_sold, int128 bought_id, uint256 tokens_bought)',
    trade: exchanged,
  },
  curve_crypto: {
    event:
      'event TokenExchange(address indexed buyer, uint256 sold_id, uint256 tokens_sold, uint256 bought_id, uint256 tokens_bought)',
    trade: exchanged,
  },
  curve_crypto_ng: {
    event:
      'event TokenExchange(address indexed buyer, uint256 sold_id, uint256 tokens_sold, uint256 bought_id, uint256 tokens_bought, uint256 fee, uint256 packed_price_scale)',
    trade: exchanged,
  },
} as const satisfies Readonly<Record<string, SwapEvent>>;

export type SwapVenue = keyof typeof SWAPS;

/** Trades of a pool within a window (ms), summed up by the coin that came in and the coin that went out. */
export function trades(
  venue: SwapVenue,
  { address, id, window }: { readonly address: Hex; readonly id?: Hex | undefined; readonly window: number },
): LogQuery {
  const { event, trade, id: named }: SwapEvent = SWAPS[venue];
  return {
    address,
    event,
    from: 0,
    window,
    ...(named !== undefined && { where: { [named]: id } }),
    keysOf: () => [],
    sums: { of: 'trades', alone: false, amountsOf: (args) => legs(trade(args)) },
  };
}

function legs(trade: Trade | undefined): readonly (readonly [string, bigint])[] {
  if (trade === undefined) return [];
  const { paid, taken } = trade;
  const way = `${paid[0]}>${taken[0]}`;
  return [
    [`${way} in`, paid[1]],
    [`${way} out`, taken[1]],
  ];
}

/** Names of the sums of what was paid for and taken of a coin against another one. */
export function volumeNames(coin: string, other: string): readonly [string, string] {
  return [`${coin}>${other} in`, `${other}>${coin} out`];
}
