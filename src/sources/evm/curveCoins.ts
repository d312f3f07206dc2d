import { CallReverted, type Hex, type SourceIo } from '../../model/source.ts';
import { decimalsOf } from './erc20.ts';

const MOST_COINS = 8;

const coinAt = (type: string) => `function coins(${type}) view returns (address)`;

/** Which coins a pool has never changes; the oldest pools index them by int128. A pool ends where `coins` reverts. */
export function coinsOnce(pool: Hex) {
  let known: { readonly coins: readonly Hex[]; readonly indexType: string } | undefined;
  return async (io: SourceIo) => {
    if (known !== undefined) return known;
    for (const indexType of ['uint256', 'int128']) {
      const places = Array.from({ length: MOST_COINS }, (_, place) => BigInt(place));
      const asked = places.map((place) => io.evm.read<Hex>(pool, coinAt(indexType), [place]));
      const found = await Promise.all(asked.map((each) => each.catch(ifReverted)));
      const coins = found.slice(0, found.includes(undefined) ? found.indexOf(undefined) : MOST_COINS) as Hex[];
      if (coins.length > 0) return (known = { coins, indexType });
    }
    throw new CallReverted(`coins() of ${pool} on ${io.evm.chain} reverted.`);
  };
}

function ifReverted(error: unknown): undefined {
  if (error instanceof CallReverted) return undefined;
  throw error;
}

/** Curve's address for ether itself. */
const ETHER = '0xeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee';

export async function coinDecimals(io: SourceIo, coin: Hex): Promise<number> {
  return coin.toLowerCase() === ETHER ? 18 : decimalsOf(io, coin);
}
