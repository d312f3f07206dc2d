import type { Labels } from '../model/labels.ts';
import type { EvidenceInput } from '../model/notification.ts';
import type { Asset } from '../model/rule.ts';

/** Block explorers by the chain names used in files; a chain that is not here gets no link. */
const EXPLORERS: Readonly<Record<string, string>> = {
  ethereum: 'https://etherscan.io',
  optimism: 'https://optimistic.etherscan.io',
  bsc: 'https://bscscan.com',
  gnosis: 'https://gnosisscan.io',
  unichain: 'https://uniscan.xyz',
  polygon: 'https://polygonscan.com',
  sonic: 'https://sonicscan.org',
  zksync: 'https://explorer.zksync.io',
  mantle: 'https://mantlescan.xyz',
  base: 'https://basescan.org',
  plasma: 'https://plasmascan.to',
  arbitrum: 'https://arbiscan.io',
  celo: 'https://celoscan.io',
  avalanche: 'https://snowtrace.io',
  ink: 'https://explorer.inkonchain.com',
  linea: 'https://lineascan.build',
  berachain: 'https://berascan.com',
  scroll: 'https://scrollscan.com',
  solana: 'https://solscan.io',
};

/** Labels that hold an address, the most telling first. */
const ADDRESSES = ['vault', 'market', 'venue', 'holder'] as const;
const EVM_ADDRESS = /0x[0-9a-f]{40}(?![0-9a-f])/i;

/** Where what the labels are about can be looked at: the contract they name, else the asset's own. */
export function explorerOf(labels: Labels, asset: Asset | undefined): string | undefined {
  const chain = labels['chain'] ?? onlyChainOf(asset);
  const explorer = chain === undefined ? undefined : EXPLORERS[chain];
  if (chain === undefined || explorer === undefined) return undefined;
  const named = ADDRESSES.flatMap((name) => EVM_ADDRESS.exec(labels[name] ?? '')?.[0] ?? [])[0];
  const address = named ?? asset?.on[chain];
  if (address === undefined) return undefined;
  return `${explorer}/${chain === 'solana' ? 'account' : 'address'}/${encodeURIComponent(address)}`;
}

/** Where the newest block (or slot) among the inputs can be looked at. */
export function blockOf(inputs: readonly EvidenceInput[]): string | undefined {
  const newest = inputs
    .filter(({ origin }) => EXPLORERS[origin.chain ?? ''] !== undefined && (origin.block ?? origin.slot) !== undefined)
    .toSorted((a, b) => (b.at ?? 0) - (a.at ?? 0))[0];
  if (newest === undefined) return undefined;
  const { chain, block, slot } = newest.origin;
  return `${EXPLORERS[chain!]}/block/${block ?? slot}`;
}

function onlyChainOf(asset: Asset | undefined): string | undefined {
  const chains = Object.keys(asset?.on ?? {});
  return chains.length === 1 ? chains[0] : undefined;
}
