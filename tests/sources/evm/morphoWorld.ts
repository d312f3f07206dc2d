import { encodeAbiParameters, keccak256, type Address, type Hex } from 'viem';
import { OWNER, type Contract, type Node } from '../../../demo/chain/node.ts';
import { compile } from './compile.ts';

const SOURCES = ['src/Morpho.sol', 'src/mocks/IrmMock.sol', 'src/mocks/OracleMock.sol'];
const LLTV = 915n * 10n ** 15n;

export interface MorphoParams {
  readonly loanToken: Address;
  readonly collateralToken: Address;
  readonly oracle: Address;
  readonly irm: Address;
  readonly lltv: bigint;
}

export type MorphoWorld = Awaited<ReturnType<typeof deployMorpho>>;

/** Morpho's own contracts: Morpho Blue, and the mocks of rate model and oracle that ship with it; one market. */
export async function deployMorpho(node: Node, loan: Contract, collateral: Contract) {
  const { Morpho, IrmMock, OracleMock } = compile(
    SOURCES.map((file) => `@morpho-org/morpho-blue/${file}`),
    { solc: 'solc-0.8.19' },
  );
  const morpho = await node.deploy(Morpho!, [OWNER]);
  const irm = await node.deploy(IrmMock!);
  const oracle = await node.deploy(OracleMock!);
  await node.send(morpho, 'enableIrm', [irm.address]);
  await node.send(morpho, 'enableLltv', [LLTV]);
  await node.send(oracle, 'setPrice', [1265n * 10n ** 33n]);
  const params: MorphoParams = {
    loanToken: loan.address,
    collateralToken: collateral.address,
    oracle: oracle.address,
    irm: irm.address,
    lltv: LLTV,
  };
  await node.send(morpho, 'createMarket', [params]);
  return { morpho, irm, oracle, params, id: idOf(params) };
}

function idOf({ loanToken, collateralToken, oracle, irm, lltv }: MorphoParams): Hex {
  const types = ['address', 'address', 'address', 'address', 'uint256'].map((type) => ({ type }));
  return keccak256(encodeAbiParameters(types, [loanToken, collateralToken, oracle, irm, lltv]));
}
