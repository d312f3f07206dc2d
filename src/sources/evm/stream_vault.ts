import { z } from 'zod';
import type { Hex, RawSample, SourceIo, SourceKind } from '../../model/source.ts';
import { BALANCE_OF, decimalsOf, TOTAL_SUPPLY, tokenOf, toNumber } from './erc20.ts';

const ROUND = 'function round() view returns (uint256)';
const ROUND_PRICE = 'function roundPricePerShare(uint256) view returns (uint256)';
const TOTAL_STAKED = 'function totalStaked() view returns (uint256)';
const OMNI_SUPPLY = 'function omniTotalSupply() view returns (uint256)';
const WRAPPER = 'function stableWrapper() view returns (address)';
const EPOCH = 'function currentEpoch() view returns (uint32)';
const WITHDRAWALS = 'function withdrawalAmountForEpoch() view returns (uint256)';
const ASSET = 'function asset() view returns (address)';

const options = z.strictObject({
  underlying: z
    .string()
    .optional()
    .describe(
      'the asset that the wrapper takes, by id; when its peg is usd, the price per share is also the NAV in USD',
    ),
});

export const stream_vault: SourceKind<z.infer<typeof options>> = {
  kind: 'stream_vault',
  about:
    "A vault of Stream's design (xUSD): the issuer types the price per share when a round is rolled, and there is no pause function. A stop shows as a queue whose epoch does not advance; what backs the wrapper on chain is read beside it.",
  reads: 'evm',
  options,
  needs: ['asset', 'chain', 'address'],
  metrics: [
    'share_price_ratio',
    'nav_per_share_usd',
    'supply_tokens',
    'assets_tokens',
    'liquidity_tokens',
    'backing_ratio',
    'redemption_queue_tokens',
    'parameter_value',
  ],
  traps: [
    'the price per share is typed by the issuer, not computed from what is held.',
    'a queue that grows while `parameter_value{parameter="epoch"}` stands still is the only sign of a stop.',
  ],
  upstream: 'chain',
  make: ({ underlying }, context) => {
    const vault = tokenOf(context);
    const asset = underlying === undefined ? undefined : context.assets[underlying];
    if (underlying !== undefined && asset === undefined) {
      throw new Error(`\`underlying\` is "${underlying}", which is no asset. Add it under \`assets\`.`);
    }
    const usd = asset?.peg === 'usd';
    return {
      yields: [
        { metric: 'share_price_ratio', open: true },
        ...(usd ? [{ metric: 'nav_per_share_usd' as const, open: true as const }] : []),
        { metric: 'supply_tokens', labels: { scope: 'all' } },
        { metric: 'assets_tokens' },
        { metric: 'liquidity_tokens' },
        { metric: 'backing_ratio', open: true },
        { metric: 'redemption_queue_tokens', labels: { unit: 'asset' } },
        parameter('round'),
        parameter('epoch'),
      ],
      collect: async (io) => {
        const { price, round, staked, supply } = await readVault(io, vault);
        const { liquid, wrapped, queue, epoch } = await readWrapper(io, vault);
        return [
          ...(price === undefined ? [] : [{ metric: 'share_price_ratio' as const, value: price }]),
          ...(price === undefined || !usd ? [] : [{ metric: 'nav_per_share_usd' as const, value: price }]),
          { metric: 'supply_tokens', labels: { scope: 'all' }, value: supply },
          { metric: 'assets_tokens', value: staked },
          { metric: 'liquidity_tokens', value: liquid },
          ...(wrapped > 0 ? [{ metric: 'backing_ratio' as const, value: liquid / wrapped }] : []),
          { metric: 'redemption_queue_tokens', labels: { unit: 'asset' }, value: queue },
          { ...parameter('round'), value: round },
          { ...parameter('epoch'), value: epoch },
        ] satisfies readonly RawSample[];
      },
    };
  },
};

function parameter(name: string) {
  return { metric: 'parameter_value' as const, labels: { parameter: name } };
}

/** The price of the last round that was rolled; there is none in the first. */
async function readVault(io: SourceIo, vault: Hex) {
  const [decimals, round, staked, supply] = await Promise.all([
    decimalsOf(io, vault),
    io.evm.read<bigint>(vault, ROUND),
    io.evm.read<bigint>(vault, TOTAL_STAKED),
    io.evm.read<bigint>(vault, OMNI_SUPPLY),
  ]);
  const price = round > 1n ? await io.evm.read<bigint>(vault, ROUND_PRICE, [round - 1n]) : undefined;
  return {
    price: price === undefined ? undefined : toNumber(price, decimals),
    round: Number(round),
    staked: toNumber(staked, decimals),
    supply: toNumber(supply, decimals),
  };
}

/** The wrapper holds the deposits, and its owner may move them out: what is there against what it owes. */
async function readWrapper(io: SourceIo, vault: Hex) {
  const wrapper = await io.evm.fact<Hex>(vault, WRAPPER);
  const asset = await io.evm.fact<Hex>(wrapper, ASSET);
  const [decimals, wrapperDecimals, liquid, wrapped, queue, epoch] = await Promise.all([
    decimalsOf(io, asset),
    decimalsOf(io, wrapper),
    io.evm.read<bigint>(asset, BALANCE_OF, [wrapper]),
    io.evm.read<bigint>(wrapper, TOTAL_SUPPLY),
    io.evm.read<bigint>(wrapper, WITHDRAWALS),
    io.evm.read<number>(wrapper, EPOCH),
  ]);
  return {
    liquid: toNumber(liquid, decimals),
    wrapped: toNumber(wrapped, wrapperDecimals),
    queue: toNumber(queue, wrapperDecimals),
    epoch,
  };
}
