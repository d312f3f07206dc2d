import { z } from 'zod';
import { evmAddress } from '../../model/schema.ts';
import { SourceError, type Hex, type SourceIo, type SourceKind } from '../../model/source.ts';
import { aaveContracts } from './aave.ts';
import { tokenOf } from './erc20.ts';
import { some } from './lending.ts';
import { MORPHO } from './morpho.ts';
import { eulerOracle } from './oracleEuler.ts';
import {
  CLASSES,
  classOf,
  feedLeaf,
  NOBODY,
  oldestRound,
  probedLeaf,
  type OracleGraph,
  type OracleLeaf,
} from './oracleLeaves.ts';
import { morphoMarketOracle } from './oracleMorpho.ts';

const AAVE_SOURCE = 'function getSourceOfAsset(address) view returns (address)';
const ANSWER = 'function latestAnswer() view returns (int256)';
const SILO_CONFIG = 'function config() view returns (address)';
const SILO_CONFIG_OF =
  'function getConfig(address) view returns ((uint256 daoFee, uint256 deployerFee, address silo, address token, address protectedShareToken, address collateralShareToken, address debtShareToken, address solvencyOracle, address maxLtvOracle, address interestRateModel, uint256 maxLtv, uint256 lt, uint256 liquidationTargetLtv, uint256 liquidationFee, uint256 flashloanFee, address hookReceiver, bool callBeforeQuote))';
const SILO_QUOTE = 'function quote(uint256, address) view returns (uint256)';
const ROUND = 'function latestRoundData() view returns (uint80, int256, uint256, uint256, uint80)';

const options = z.strictObject({
  feed: evmAddress().optional().describe('a Chainlink-like feed'),
  morpho_market: z
    .string()
    .regex(/^0x[0-9a-fA-F]{64}$/, { error: 'expected a market id: 0x and 64 hex digits, in quotes' })
    .optional()
    .describe('the oracle of a Morpho Blue market, by its id'),
  morpho: evmAddress().default(MORPHO).describe('the Morpho contract'),
  euler_vault: evmAddress().optional().describe('how an Euler v2 vault prices `collateral`'),
  collateral: evmAddress().optional().describe('the collateral vault, for `euler_vault`'),
  silo: evmAddress().optional().describe('how Silo v2 values the asset of this silo'),
  aave_provider: evmAddress()
    .optional()
    .describe("the oracle of an Aave v3 market's `asset`, by its PoolAddressesProvider"),
});
type Options = z.infer<typeof options>;

const WAYS = ['feed', 'morpho_market', 'euler_vault', 'silo', 'aave_provider'] as const;

export const oracle_class: SourceKind<Options> = {
  kind: 'oracle_class',
  about: 'What an oracle rests on in the end: a feed, a vault’s own rate, both, a TWAP, or a number in its code.',
  reads: 'evm',
  options,
  needs: ['asset', 'chain'],
  metrics: ['oracle_class_bool', 'oracle_slots_count', 'oracle_leaves_count', 'oracle_age_seconds'],
  traps: [
    'a hard-coded feed can answer the present time as its round: age says nothing of it, `oracle_slots_count` 0 does.',
    'a vault rate moves only when its issuer says so; `oracle_class_bool{class="vault_rate"}` follows no market.',
    'slots are counted by eth_createAccessList, which not every node offers; without it that series is not told and nothing is called a constant by it.',
    'one request per oracle and run beside the multicall: every 10m is often enough.',
  ],
  upstream: 'chain',
  make: (given, context) => {
    const ways = WAYS.filter((way) => given[way] !== undefined);
    if (ways.length !== 1) throw new Error(`Found ${ways.length} of ${WAYS.join(', ')}. Name exactly one.`);
    if (given.euler_vault !== undefined && given.collateral === undefined) {
      throw new Error('`euler_vault` without `collateral`. Name the collateral vault that it prices.');
    }
    const follow = followed(given, given.aave_provider === undefined ? undefined : tokenOf(context));
    const venue = `${ways[0]}:${String(given[ways[0]!]).toLowerCase()}`;
    return {
      yields: [
        ...CLASSES.map((name) => ({ metric: 'oracle_class_bool' as const, labels: { class: name } })),
        { metric: 'oracle_leaves_count' },
        { metric: 'oracle_slots_count', open: true },
        { metric: 'oracle_age_seconds', open: true },
      ],
      labels: { venue },
      collect: async (io) => {
        const { call, leaves } = await follow(io);
        const [slots, age] = await Promise.all([slotsOf(io, call), oldestRound(io, leaves)]);
        const found = slots === 0 ? 'constant' : classOf(leaves);
        return [
          ...CLASSES.map((name) => ({
            metric: 'oracle_class_bool' as const,
            labels: { class: name },
            value: Number(name === found),
          })),
          { metric: 'oracle_leaves_count', value: leaves.length },
          ...some('oracle_slots_count', slots),
          ...some('oracle_age_seconds', age),
        ];
      },
    };
  },
};

async function slotsOf(io: SourceIo, call: OracleGraph['call']): Promise<number | undefined> {
  return call === undefined ? 0 : io.evm.slots(call.address, call.signature, call.args);
}

function followed(given: Options, token: Hex | undefined): (io: SourceIo) => Promise<OracleGraph> {
  const { feed, morpho_market: market, euler_vault: vault, collateral, silo, aave_provider: provider } = given;
  if (feed !== undefined) return async (io) => feedGraph(io, feed);
  if (market !== undefined) return async (io) => morphoMarketOracle(io, given.morpho, market as Hex);
  if (vault !== undefined) return async (io) => eulerOracle(io, vault, collateral!);
  if (silo !== undefined) return async (io) => siloOracle(io, silo);
  return async (io) => aaveOracle(io, provider!, token!);
}

async function feedGraph(io: SourceIo, address: Hex): Promise<OracleGraph> {
  return { call: { address, signature: ROUND }, leaves: [await feedLeaf(io, address)] };
}

/** Many of Aave's sources only answer `latestAnswer()`: adapters with a cap, over a feed of their own. */
async function aaveOracle(io: SourceIo, provider: Hex, token: Hex): Promise<OracleGraph> {
  const { oracle } = await aaveContracts(io, provider);
  const source = await io.evm.read<Hex>(oracle, AAVE_SOURCE, [token]);
  if (source === NOBODY) {
    throw new SourceError(
      `Aave's oracle ${oracle} has no source for ${token}. Check \`asset\` and \`aave_provider\`.`,
      {
        retryable: false,
      },
    );
  }
  const leaf = await feedLeaf(io, source);
  if (leaf.sort !== 'unknown') return { call: { address: source, signature: ROUND }, leaves: [leaf] };
  const call = { address: source, signature: ANSWER };
  const probed = await probedLeaf(io, call);
  const sort: OracleLeaf['sort'] = probed.sort === 'constant' ? 'constant' : 'feed';
  return { call, leaves: [{ sort, address: source }] };
}

/** Without a solvency oracle Silo counts raw units one for one: a constant. */
async function siloOracle(io: SourceIo, silo: Hex): Promise<OracleGraph> {
  const config = await io.evm.fact<Hex>(silo, SILO_CONFIG);
  const { token, solvencyOracle: address } = await io.evm.read<{ token: Hex; solvencyOracle: Hex }>(
    config,
    SILO_CONFIG_OF,
    [silo],
  );
  if (address === NOBODY) return { call: undefined, leaves: [] };
  const call = { address, signature: SILO_QUOTE, args: [10n ** 6n, token] };
  return { call, leaves: [await probedLeaf(io, call)] };
}
