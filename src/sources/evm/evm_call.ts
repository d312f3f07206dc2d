import { formatUnits } from 'viem';
import { z } from 'zod';
import type { MetricName } from '../../model/metric.ts';
import { evmAddress } from '../../model/schema.ts';
import { SourceError, type Hex, type SourceKind } from '../../model/source.ts';
import { READABLE, seriesOptions } from '../reference/any-metric.ts';
import { decimalsOf, tokenOf } from './erc20.ts';
import { parseView, type Argument } from './view.ts';

const MOST_DECIMALS = 77;

const argument: z.ZodType<Argument> = z.lazy(() => z.union([z.string(), z.number(), z.boolean(), z.array(argument)]));

const options = z.strictObject({
  address: evmAddress().optional().describe("the contract; default: the asset's address on this chain"),
  function: z.string().describe('the view as Solidity declares it: function rate() view returns (uint256)'),
  args: z.array(argument).default([]).describe('in order; numbers past 2^53 in quotes'),
  output: z.number().int().min(0).optional().describe('which of several outputs, counted from 0'),
  decimals: z
    .union([z.number().int().min(0).max(MOST_DECIMALS), z.literal('auto')])
    .default(0)
    .describe('the answer is divided by 10 to this power; auto asks decimals() of the same contract'),
  ...seriesOptions,
});
type Options = z.infer<typeof options>;

export const evm_call: SourceKind<Options> = {
  kind: 'evm_call',
  about: 'One number out of any view function of any contract.',
  reads: 'evm',
  options,
  needs: ['chain'],
  metrics: READABLE,
  upstream: 'chain',
  make: (given, context) => {
    const { metric, labels, decimals } = given;
    const address = given.address ?? tokenOf(context);
    const view = parseView(given.function, given.args, given.output);
    return {
      yields: [{ metric, labels }],
      collect: async (io) => {
        const [places, answer] = await Promise.all([
          decimals === 'auto' ? decimalsOf(io, address) : decimals,
          io.evm.read<unknown>(address, given.function, view.args),
        ]);
        return [{ metric, labels, value: asNumber(view.pick(answer), places, { metric, address }) }];
      },
    };
  },
};

function asNumber(
  answer: unknown,
  decimals: number,
  { metric, address }: { metric: MetricName; address: Hex },
): number {
  if (typeof answer === 'boolean') return Number(answer);
  if (typeof answer === 'bigint' || typeof answer === 'number') return Number(formatUnits(BigInt(answer), decimals));
  throw new SourceError(`${address} answered "${String(answer)}" for ${metric}. Expected a number or a boolean.`, {
    retryable: false,
  });
}
