import type { Incident } from './incident.ts';

/** Judged by what a series is, whatever the asset: lending markets, vaults, pools, supplies, oracles; what stands behind a token. */
const EVERY_CLASS = ['markets', 'solvency'];

/** The default packs of each class of asset. */
const BY_CLASS: Readonly<Record<string, readonly string[]>> = {
  'fiat-stable': ['pegged'],
  'crypto-stable': ['pegged'],
  'synthetic-stable': ['pegged'],
  'yield-stable': ['shares'],
  'vault-share': ['shares'],
  rwa: ['shares'],
  'tokenized-equity': ['shares'],
  lst: ['staked'],
  lrt: ['staked'],
  wrapped: ['staked'],
  volatile: ['volatile'],
};

/** Every pack that judges by class, whatever the assets. */
export const CLASS_PACKS: readonly string[] = [...new Set([...EVERY_CLASS, ...Object.values(BY_CLASS).flat()])].sort();

/** Names of the packs that judge these assets, in a fixed order. */
export function packsFor({ assets }: Pick<Incident, 'assets'>): readonly string[] {
  const named = Object.values(assets).flatMap(({ class: kind = '', peg }) => [
    ...(BY_CLASS[kind] ?? []),
    ...(peg === 'usd' ? ['pegged'] : []),
  ]);
  return [...new Set([...EVERY_CLASS, ...named])].sort();
}
