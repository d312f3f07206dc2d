import { SourceError, type EvmReads, type SourceIo } from '../model/source.ts';
import type { ChainRuns } from './collect.ts';

/** `undefined` for a chain without an RPC URL. */
type ChainOf = (name: string) => ChainRuns<EvmReads> | undefined;

/** Takes chains by name, and all that are open. */
type Work<Result> = (chains: SourceIo['chains'], open: readonly EvmReads[]) => Promise<Result>;

type Opened = ReadonlyMap<string, EvmReads | SourceError>;

/**
 * Runs `work` with every one of these chains open at once, each pinned to a block of its own. A chain that cannot be read stands in
 * for itself as its error, so that sources which do not need it are read all the same.
 */
export async function acrossChains<Result>(
  names: readonly string[],
  chainOf: ChainOf,
  { work, signal }: { readonly work: Work<Result>; readonly signal: AbortSignal },
): Promise<Result> {
  const open = async ([name, ...rest]: readonly string[], opened: Opened): Promise<Result> => {
    if (name === undefined) {
      const all = [...opened.values()].filter((each): each is EvmReads => !(each instanceof SourceError));
      return work((wanted) => pick(opened, wanted), all);
    }
    const chain = chainOf(name);
    if (chain === undefined) return open(rest, new Map(opened).set(name, noUrl(name)));
    try {
      return await chain.run((evm) => open(rest, new Map(opened).set(name, evm)), signal);
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      return open(rest, new Map(opened).set(name, error));
    }
  };
  return open([...new Set(names)], new Map());
}

function pick(opened: Opened, wanted: string): EvmReads {
  const found = opened.get(wanted);
  if (found === undefined) throw new TypeError(`A source asked for "${wanted}", which it does not say that it spans.`);
  if (found instanceof SourceError) throw found;
  return found;
}

function noUrl(name: string): SourceError {
  return new SourceError(`No RPC URL for chain "${name}". Add one to chains.${name}.rpc in tocsin.yaml.`, {
    retryable: true,
  });
}
