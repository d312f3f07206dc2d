import { z } from 'zod';
import { evmAddress } from '../../model/schema.ts';
import { SourceError, type SourceKind } from '../../model/source.ts';
import { tokenOf, toNumber } from './erc20.ts';

/** How each protocol says what one of its tokens is worth in ether, times 10^18. */
const RATES = {
  steth: 'function getPooledEthByShares(uint256) view returns (uint256)',
  wsteth: 'function stEthPerToken() view returns (uint256)',
  reth: 'function getExchangeRate() view returns (uint256)',
  cbeth: 'function exchangeRate() view returns (uint256)',
  weeth: 'function getRate() view returns (uint256)',
  ezeth: 'function getRate() view returns (uint256)',
  rseth: 'function rsETHPrice() view returns (uint256)',
  sfrxeth: 'function pricePerShare() view returns (uint256)',
} as const;

type Protocol = keyof typeof RATES;

/** Tokens whose rate another contract tells. */
const ELSEWHERE: ReadonlySet<Protocol> = new Set(['ezeth', 'rseth']);

const options = z.strictObject({
  protocol: z
    .enum(Object.keys(RATES) as [Protocol, ...Protocol[]])
    .describe('how the rate is asked for; `steth` is the worth of a share, since the token itself rebases'),
  contract: evmAddress()
    .optional()
    .describe("who tells the rate (Renzo's rate provider, Kelp's oracle); default: the token itself"),
});

export const lst_rate: SourceKind<z.infer<typeof options>> = {
  kind: 'lst_rate',
  about:
    'Exchange rate of a staking or restaking token in ether, as its protocol tells it. It falls when validators are slashed; it is no market price and stands still while the market leaves.',
  reads: 'evm',
  options,
  needs: ['asset', 'chain', 'address'],
  metrics: ['redemption_rate_ratio'],
  traps: [
    'the rate is what the protocol says, once or a few times a day; a market price that leaves it is the earlier sign.',
  ],
  upstream: 'chain',
  make: ({ protocol, contract }, context) => {
    if (contract === undefined && ELSEWHERE.has(protocol)) {
      throw new Error(`The rate of "${protocol}" is told by another contract. Give its address as \`contract\`.`);
    }
    const address = contract ?? tokenOf(context);
    const labels = { quote: 'eth' };
    const args = protocol === 'steth' ? [10n ** 18n] : [];
    return {
      yields: [{ metric: 'redemption_rate_ratio', labels }],
      labels: { protocol },
      collect: async (io) => {
        const rate = await io.evm.read<bigint>(address, RATES[protocol], args);
        if (rate > 0n) return [{ metric: 'redemption_rate_ratio', labels, value: toNumber(rate, 18) }];
        const what = `${address} on ${io.evm.chain} says that a "${protocol}" is worth 0.`;
        throw new SourceError(`${what} Check \`contract\` and \`protocol\`.`, { retryable: false });
      },
    };
  },
};
