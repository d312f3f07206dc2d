import {
  CallReverted,
  SourceError,
  type EvmReads,
  type Hex,
  type SourceContext,
  type SourceIo,
} from '../../model/source.ts';

/** Where an asset's token stands. */
export interface Deployment {
  readonly chain: string;
  readonly token: Hex;
}

/** @throws {Error} when the asset is on none of these chains, or not on one that is named. */
export function deploymentsOf({ asset }: SourceContext, chains?: readonly string[]): readonly Deployment[] {
  const on = Object.entries(asset?.on ?? {}).filter(([, address]) => /^0x[0-9a-fA-F]{40}$/.test(address));
  const missing = (chains ?? []).find((chain) => !on.some(([name]) => name === chain));
  if (missing !== undefined) {
    throw new Error(`Asset "${asset?.id}" has no EVM address on "${missing}". Add it under \`on\`.`);
  }
  const found = on.filter(([chain]) => chains === undefined || chains.includes(chain));
  if (found.length === 0) throw new Error(`Asset "${asset?.id}" is on no EVM chain. Add its addresses under \`on\`.`);
  return found.map(([chain, address]) => ({ chain, token: address as Hex }));
}

/** One chain's part of a number, and the time of the block it was true at (unix ms). */
export interface Part {
  readonly chain: string;
  readonly value: number;
  readonly at: number;
}

/**
 * Reads one number on each chain.
 * @throws {SourceError} naming every chain whose part is missing: the rest would be too small a number.
 */
export async function acrossChains(
  io: SourceIo,
  what: string,
  deployments: readonly Deployment[],
  read: (evm: EvmReads, token: Hex) => Promise<number>,
): Promise<readonly Part[]> {
  const outcomes = await Promise.allSettled(
    deployments.map(async ({ chain, token }): Promise<Part> => {
      const evm = io.chains(chain);
      return { chain, value: await read(evm, token), at: evm.block.timestamp };
    }),
  );
  const lost = outcomes.flatMap((outcome, index) =>
    outcome.status === 'rejected' ? [{ chain: deployments[index]!.chain, why: whyOf(outcome.reason) }] : [],
  );
  if (lost.length === 0) return outcomes.map((outcome) => (outcome as PromiseFulfilledResult<Part>).value);
  const names = lost.map(({ chain }) => `"${chain}"`).join(', ');
  throw new SourceError(`${what} lacks ${names}: ${lost.map(({ why }) => why).join(' ')}`, { retryable: true });
}

function whyOf(error: unknown): string {
  if (error instanceof SourceError || error instanceof CallReverted) return error.message;
  throw error;
}
