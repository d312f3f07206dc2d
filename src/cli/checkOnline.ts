import { checkChain, type OnlineReport } from '../checks/online.ts';
import { createEvmChain } from '../io/evm.ts';
import type { Config, RuleSet } from '../model/config.ts';
import { SourceError } from '../model/source.ts';

/** ms for everything asked of one chain. */
const LONGEST = 60_000;

/** What a worker would do about a URL that failed; a check asks once. */
const AGAIN = / Asked again in [^.]+\./g;

export interface ChainsReport extends OnlineReport {
  /** Why a chain could not be asked, one sentence each. */
  readonly unreached: readonly string[];
}

/** Asks every configured EVM chain about what is declared on it; one that does not answer leaves the others alone. */
export async function checkOnline(rules: RuleSet, { chains }: Pick<Config, 'chains'>): Promise<ChainsReport> {
  const configured = Object.values(chains).filter(({ kind }) => kind === 'evm');
  const unreached: string[] = [];
  const reports = await Promise.all(
    configured.map(async (chain): Promise<OnlineReport> => {
      const signal = AbortSignal.timeout(LONGEST);
      const evm = createEvmChain(chain, { machineNow: Date.now });
      const ask = evm.run(
        async (reads) => checkChain(rules, reads, { now: Math.max(Date.now(), reads.block.timestamp), signal }),
        signal,
      );
      return ask.catch((error: unknown) => {
        if (!(error instanceof SourceError)) throw error;
        unreached.push(error.message.replaceAll(AGAIN, ''));
        return { found: [], facts: [] };
      });
    }),
  );
  const asked = new Set(configured.map(({ name }) => name));
  return {
    found: reports.flatMap(({ found }) => found),
    facts: [...reports.flatMap(({ facts }) => facts), ...skipped(rules, asked)],
    unreached,
  };
}

/** Assets on chains without an RPC URL cannot be asked about. */
function skipped({ assets }: RuleSet, asked: ReadonlySet<string>): readonly string[] {
  const chains = new Set(Object.values(assets).flatMap(({ on }) => Object.keys(on)));
  const left = [...chains].filter((chain) => !asked.has(chain));
  return left.length === 0
    ? []
    : [`Not asked, for want of an RPC URL in tocsin.yaml (chains.<name>.rpc): ${left.join(', ')}`];
}
