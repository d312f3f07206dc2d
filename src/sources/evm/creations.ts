import type { Hex } from '../../model/source.ts';

/** How a protocol tells that a market or pool was made. */
export interface Creation {
  readonly event: string;
  /** The contract that tells it, where it is the same on every chain; else it must be named. */
  readonly address?: Hex;
  /** What the protocol's sources write before the market's name in label `venue`. */
  readonly venue: string;
  /** Argument that names the market. */
  readonly market: string;
  /** Arguments that are its assets, and what they are in it. */
  readonly sides: Readonly<Record<string, string>>;
}

const POOL_SIDES = { token0: 'quote', token1: 'quote' };

export const CREATIONS = {
  morpho: {
    event:
      'event CreateMarket(bytes32 indexed id, (address loanToken, address collateralToken, address oracle, address irm, uint256 lltv) marketParams)',
    address: '0xBBBBBbbBBb9cC5e90e3b3Af64bdAF62C37EEFFCb',
    venue: 'morpho',
    market: 'id',
    sides: { loanToken: 'loan', collateralToken: 'collateral' },
  },
  uniswap_v2: {
    event: 'event PairCreated(address indexed token0, address indexed token1, address pair, uint256 count)',
    venue: 'uniswap_v2',
    market: 'pair',
    sides: POOL_SIDES,
  },
  uniswap_v3: {
    event:
      'event PoolCreated(address indexed token0, address indexed token1, uint24 indexed fee, int24 tickSpacing, address pool)',
    venue: 'uniswap_v3',
    market: 'pool',
    sides: POOL_SIDES,
  },
  uniswap_v4: {
    event:
      'event Initialize(bytes32 indexed id, address indexed currency0, address indexed currency1, uint24 fee, int24 tickSpacing, address hooks, uint160 sqrtPriceX96, int24 tick)',
    venue: 'uniswap_v4',
    market: 'id',
    sides: { currency0: 'quote', currency1: 'quote' },
  },
  silo: {
    event:
      'event NewSilo(address indexed implementation, address indexed token0, address indexed token1, address silo0, address silo1, address siloConfig)',
    venue: 'silo',
    market: 'silo0',
    sides: { token0: 'collateral', token1: 'collateral' },
  },
  euler: {
    event: 'event ProxyCreated(address indexed proxy, bool upgradeable, address implementation, bytes trailingData)',
    venue: 'euler',
    market: 'proxy',
    // Packed: asset, oracle, unit of account.
    sides: { trailingData: 'loan' },
  },
} as const satisfies Readonly<Record<string, Creation>>;

export type CreationName = keyof typeof CREATIONS;

/** The asset that an argument names: an address, or the first address of packed bytes. */
export function assetIn(value: unknown): string {
  return String(value).slice(0, 42).toLowerCase();
}
