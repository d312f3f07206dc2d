import type { Hex, SourceIo } from '../../model/source.ts';
import { feedLeaf, NOBODY, orNone, probedLeaf, type OracleGraph, type OracleLeaf } from './oracleLeaves.ts';

const PARAMS =
  'function idToMarketParams(bytes32) view returns (address loanToken, address collateralToken, address oracle, address irm, uint256 lltv)';
const PRICE = 'function price() view returns (uint256)';
const FEEDS = ['BASE_FEED_1', 'BASE_FEED_2', 'QUOTE_FEED_1', 'QUOTE_FEED_2'];
const VAULTS = ['BASE_VAULT', 'QUOTE_VAULT'];

/** The oracle of a market, by the market's id. */
export async function morphoMarketOracle(io: SourceIo, morpho: Hex, id: Hex): Promise<OracleGraph> {
  const [, , oracle] = await io.evm.fact<readonly [Hex, Hex, Hex, Hex, bigint]>(morpho, PARAMS, [id]);
  return morphoOracle(io, oracle);
}

/**
 * MorphoChainlinkOracleV2 names its feeds and vaults; one that names none is a constant.
 * It checks neither staleness nor bounds of its feeds.
 */
async function morphoOracle(io: SourceIo, oracle: Hex): Promise<OracleGraph> {
  if (oracle === NOBODY) return { call: undefined, leaves: [] };
  const call = { address: oracle, signature: PRICE };
  const parts = await orNone(
    Promise.all(
      [...FEEDS, ...VAULTS].map(async (name) => io.evm.read<Hex>(oracle, `function ${name}() view returns (address)`)),
    ),
  );
  if (parts === undefined) return { call, leaves: [await probedLeaf(io, call)] };
  const feeds = parts.slice(0, FEEDS.length).filter((address) => address !== NOBODY);
  const vaults = parts.slice(FEEDS.length).filter((address) => address !== NOBODY);
  const leaves = await Promise.all(feeds.map(async (feed) => feedLeaf(io, feed)));
  return { call, leaves: [...leaves, ...vaults.map((address): OracleLeaf => ({ sort: 'rate', address }))] };
}
