/** EIP-155 ids of chains by the name used in files. */
export const CHAIN_IDS: Readonly<Record<string, number>> = {
  ethereum: 1,
  optimism: 10,
  bsc: 56,
  gnosis: 100,
  unichain: 130,
  polygon: 137,
  sonic: 146,
  zksync: 324,
  mantle: 5000,
  base: 8453,
  plasma: 9745,
  arbitrum: 42161,
  celo: 42220,
  avalanche: 43114,
  ink: 57073,
  linea: 59144,
  berachain: 80094,
  scroll: 534352,
};

/** Chain names an asset may be deployed on without being read: the table and Solana. */
export const CHAIN_NAMES: readonly string[] = [...Object.keys(CHAIN_IDS), 'solana'];
