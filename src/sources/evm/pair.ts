import { SourceError, type Hex, type MadeSource, type RawSample, type SourceContext } from '../../model/source.ts';
import { z } from 'zod';
import { tokenOf } from './erc20.ts';

/** The two tokens of a pool that a price is about. */
export interface PairTokens {
  readonly asset: Hex;
  readonly quote: Hex;
}

/** Options that every pool takes. */
export const pairOptions = {
  quote: z.string().describe('the asset that the price is in, by id: another token of the pool'),
  sizes: z
    .array(z.number().positive())
    .max(8)
    .default([])
    .describe('tokens of the asset: the price that selling so many at once would really fetch'),
};

/** What every pool yields of its pair; TWAPs are prices too. */
export const PAIR_METRICS = [
  'price_usd',
  'price_ratio',
  'executable_price_usd',
  'executable_price_ratio',
  'depth_usd',
] as const;

/** Shares that depth is measured within: 0.5 %, 2 % and 5 %. */
export const WITHIN = [0.005, 0.02, 0.05] as const;

/** What a pool says of the asset, in names and labels that all venues share. */
export interface PairSeries {
  readonly usd: boolean;
  readonly price: (method: 'spot' | 'twap', value: number) => RawSample;
  /** Quote tokens for one, when `size` tokens of the asset are sold at once. */
  readonly executable: (size: number, value: number) => RawSample;
  /** USD that change hands while the price moves by `within`; one quote token counts as one USD. */
  readonly depth: (side: 'sell' | 'buy', within: number, value: number) => RawSample;
  readonly yields: (what: {
    readonly twap?: boolean;
    readonly depth?: boolean;
    readonly sizes: readonly number[];
  }) => MadeSource['yields'];
}

function depth(side: 'sell' | 'buy', within: number, value: number): RawSample {
  return { metric: 'depth_usd', labels: { within: `${within * 100}%`, side }, value };
}

/** Names the series of a pool; a quote pegged to the dollar makes them USD. */
export function pairSeries({ assets }: SourceContext, quote: string): PairSeries {
  const usd = assets[quote]?.peg === 'usd';
  const metric = usd ? ('price_usd' as const) : ('price_ratio' as const);
  const price = (method: string, value: number): RawSample => ({ metric, labels: { method, quote }, value });
  const executable = (size: number, value: number): RawSample => {
    const labels = { side: 'sell', size: String(size), quote };
    return { metric: usd ? 'executable_price_usd' : 'executable_price_ratio', labels, value };
  };
  return {
    usd,
    price,
    executable,
    depth,
    yields: ({ twap = false, depth: deep = true, sizes }) => [
      price('spot', 0),
      ...(twap ? [{ ...price('twap', 0), open: true as const }] : []),
      ...sizes.map((size) => ({ ...executable(size, 0), open: true as const })),
      ...(usd && deep ? WITHIN.flatMap((within) => [depth('sell', within, 0), depth('buy', within, 0)]) : []),
    ],
  };
}

/** @throws {Error} when the asset or the quote has no EVM address on the chain. */
export function pairTokens(context: SourceContext, quote: string): PairTokens {
  const { assets, chain = '' } = context;
  const asset = assets[quote];
  if (asset === undefined) throw new Error(`\`quote\` is "${quote}", which is no asset. Add it under \`assets\`.`);
  const address = asset.on[chain];
  return {
    asset: tokenOf(context),
    quote: tokenOf({ asset, chain, assets, folder: '', ...(address !== undefined && { address }) }),
  };
}

/**
 * Where the pair stands among a pool's tokens.
 * @throws {SourceError} naming what the pool trades when one of them is not there.
 */
export function placesIn(pool: string, tokens: readonly string[], { asset, quote }: PairTokens): [number, number] {
  const placeOf = (token: Hex) => tokens.findIndex((each) => each.toLowerCase() === token.toLowerCase());
  const [i, j] = [placeOf(asset), placeOf(quote)];
  if (i >= 0 && j >= 0) return [i, j];
  const missing = [...(i < 0 ? [`the asset ${asset}`] : []), ...(j < 0 ? [`the quote ${quote}`] : [])];
  const what = `${pool} trades ${tokens.join(' and ')}, and not ${missing.join(' or ')}`;
  throw new SourceError(`${what}. Check \`pool\` and \`quote\`.`, { retryable: false });
}

/** Whole tokens as raw units, rounded to 15 digits. */
export function toUnits(tokens: number, decimals: number): bigint {
  const [digits = '', exponent = '0'] = tokens.toExponential(14).split('e');
  const shift = decimals + Number(exponent) - 14;
  const whole = BigInt(digits.replace('.', ''));
  return shift >= 0 ? whole * 10n ** BigInt(shift) : whole / 10n ** BigInt(-shift);
}
