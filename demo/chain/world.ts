import { maxUint256, type Address } from 'viem';
import { compiled, published } from './artifacts.ts';
import { OWNER, type Contract, type Node } from './node.ts';

const CORE = '@uniswap/v3-core/artifacts/contracts';
const PERIPHERY = '@uniswap/v3-periphery/artifacts/contracts';
const CHAINLINK = '@chainlink/contracts/abi/v0.6';
const NOBODY = '0x0000000000000000000000000000000000000000';
const FEE = 500;
const FULL_RANGE = 887_270;
const UNIT = 1_000_000n;
const NO_DEADLINE = maxUint256;

export interface WorldOptions {
  /** USDC per vault share at the start, in the vault and in the pool. */
  readonly nav?: number;
  /** Value of the pool's liquidity, in USDC. */
  readonly liquidity?: number;
}

export type World = Awaited<ReturnType<typeof deployWorld>>;

/** Deploys USDC, a pausable ERC-4626 vault over it (its share is xUSD), a Uniswap v3 pool of both, and a Chainlink feed. */
export async function deployWorld(node: Node, options: WorldOptions = {}) {
  const { nav = 1.26, liquidity = 20_000_000 } = options;
  const { Token, Vault } = compiled();
  const usdc = await node.deploy(Token, ['USD Coin', 'USDC', 6]);
  const vault = await node.deploy(Vault, [usdc.address, 'Staked Stream USD', 'xUSD']);
  await node.send(usdc, 'mint', [OWNER, 100_000_000_000n * UNIT]);
  await node.send(usdc, 'approve', [vault.address, maxUint256]);
  await node.send(vault, 'deposit', [2_000_000_000n * UNIT, OWNER]);
  const market = await deployMarket(node, usdc, vault);
  const feed = await deployFeed(node);
  const world = {
    usdc,
    vault,
    ...market,
    ...feed,
    setNav: (value: number) => setNav(node, { usdc, vault }, value),
    setPaused: (paused: boolean) => node.send(vault, paused ? 'pause' : 'unpause'),
    deployToken: (symbol: string, decimals: number) => node.deploy(Token, [symbol, symbol, decimals]),
  };
  await world.setNav(nav);
  await world.openPool(nav, liquidity);
  await world.setAnswer(nav);
  return world;
}

/** Makes a share worth `value` USDC: mints or burns what the vault holds. */
async function setNav(node: Node, { usdc, vault }: { usdc: Contract; vault: Contract }, value: number): Promise<void> {
  const shares = await node.read<bigint>(vault, 'totalSupply');
  const held = await node.read<bigint>(usdc, 'balanceOf', [vault.address]);
  // OpenZeppelin: assets = shares * (totalAssets + 1) / (totalSupply + 1); rounded up so that it reads back exactly.
  const wanted = (BigInt(Math.round(value * 1e6)) * (shares + 1n) + UNIT - 1n) / UNIT - 1n;
  if (wanted > held) await node.send(usdc, 'mint', [vault.address, wanted - held]);
  if (wanted < held) await node.send(usdc, 'burn', [vault.address, held - wanted]);
}

async function deployMarket(node: Node, usdc: Contract, vault: Contract) {
  const factory = await node.deploy(published(`${CORE}/UniswapV3Factory.sol/UniswapV3Factory.json`));
  const positions = await node.deploy(
    published(`${PERIPHERY}/NonfungiblePositionManager.sol/NonfungiblePositionManager.json`),
    [factory.address, NOBODY, NOBODY],
  );
  const router = await node.deploy(published(`${PERIPHERY}/SwapRouter.sol/SwapRouter.json`), [factory.address, NOBODY]);
  for (const token of [usdc, vault]) {
    for (const spender of [positions, router]) await node.send(token, 'approve', [spender.address, maxUint256]);
  }
  const vaultIsToken0 = BigInt(vault.address) < BigInt(usdc.address);
  const [token0, token1] = vaultIsToken0 ? [vault, usdc] : [usdc, vault];
  /** Price in USDC per share as the pool keeps it: √(token1/token0) · 2⁹⁶. */
  const sqrtPriceX96 = (price: number) => BigInt(Math.floor(Math.sqrt(vaultIsToken0 ? price : 1 / price) * 2 ** 96));
  const pool: { address: Address; abi: Contract['abi'] } = {
    address: NOBODY,
    abi: published(`${CORE}/UniswapV3Pool.sol/UniswapV3Pool.json`).abi,
  };
  const addLiquidity = async (range: { lower: number; upper: number }, amounts: { shares: number; usdc: number }) => {
    const units = [amounts.shares, amounts.usdc].map((amount) => BigInt(Math.round(amount * 1e6)));
    const [amount0Desired, amount1Desired] = vaultIsToken0 ? units : units.reverse();
    const pair = { token0: token0.address, token1: token1.address, fee: FEE };
    const ticks = { tickLower: range.lower, tickUpper: range.upper };
    const rest = { amount0Desired, amount1Desired, amount0Min: 0n, amount1Min: 0n, recipient: OWNER };
    await node.send(positions, 'mint', [{ ...pair, ...ticks, ...rest, deadline: NO_DEADLINE }]);
  };
  return {
    pool,
    addLiquidity,
    openPool: async (price: number, liquidity: number): Promise<void> => {
      const create = 'createAndInitializePoolIfNecessary';
      await node.send(positions, create, [token0.address, token1.address, FEE, sqrtPriceX96(price)]);
      pool.address = await node.read<Address>(factory, 'getPool', [token0.address, token1.address, FEE]);
      await node.send(pool, 'increaseObservationCardinalityNext', [100]);
      const everywhere = { lower: -FULL_RANGE, upper: FULL_RANGE };
      await addLiquidity(everywhere, { shares: liquidity / 2 / price, usdc: liquidity / 2 });
    },
    /** Swaps until the pool's price is exactly this many USDC per share, in a block at `at` (unix seconds) if given. */
    tradeTo: async (price: number, at?: number): Promise<void> => {
      const [current] = await node.read<readonly [bigint]>(pool, 'slot0');
      const target = sqrtPriceX96(price);
      if (at !== undefined) await node.setTime(at);
      if (target === current) return node.client.mine({ blocks: 1 });
      const [tokenIn, tokenOut] = target < current ? [token0, token1] : [token1, token0];
      const order = { tokenIn: tokenIn.address, tokenOut: tokenOut.address, fee: FEE, recipient: OWNER };
      const limits = { amountIn: 1_000_000_000n * UNIT, amountOutMinimum: 0n, sqrtPriceLimitX96: target };
      await node.send(router, 'exactInputSingle', [{ ...order, ...limits, deadline: NO_DEADLINE }]);
    },
  };
}

async function deployFeed(node: Node) {
  const deployAggregator = () => {
    const terms = [NOBODY, 0n, 300, NOBODY, 1n, 10n ** 30n, 8, 'xUSD / USD'];
    return node.deploy(published(`${CHAINLINK}/FluxAggregator.json`), terms);
  };
  const aggregator = await deployAggregator();
  const feed = await node.deploy(published(`${CHAINLINK}/EACAggregatorProxy.json`), [aggregator.address, NOBODY]);
  await node.send(aggregator, 'changeOracles', [[], [OWNER], [OWNER], 1, 1, 0]);
  let round = 0n;
  return {
    feed,
    /** Closes a new round with this price in USD, in a block at `at` (unix seconds) if given. */
    setAnswer: async (price: number, at?: number): Promise<void> => {
      if (at !== undefined) await node.setTime(at);
      round += 1n;
      await node.send(aggregator, 'submit', [round, BigInt(Math.round(price * 1e8))]);
    },
    /** A feed that never had a round. */
    deployEmptyFeed: deployAggregator,
    /** Chainlink's own mock, which takes any answer. */
    deployMockFeed: (answer: bigint) => node.deploy(published(`${CHAINLINK}/MockV3Aggregator.json`), [8, answer]),
  };
}
