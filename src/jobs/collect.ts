import { endsWithin } from '../io/deadline.ts';
import type { Reading } from '../model/sample.ts';
import type { BlockTag, HttpReads, SourceIo } from '../model/source.ts';
import { collectBatch, failBatch } from '../sources/collect.ts';
import type { CollectDeps as Harness } from '../sources/collect.ts';
import { acrossChains } from './acrossChains.ts';
import type { Batch } from './live.ts';

/** A chain as the composition root makes it: runs work against one healthy node, another one when that fails. */
export interface ChainRuns<Reads> {
  readonly run: <Result>(
    work: (reads: Reads) => Promise<Result>,
    signal: AbortSignal,
    how?: { readonly quorum?: number; readonly at?: BlockTag },
  ) => Promise<Result>;
}

export interface CollectDeps {
  readonly evm: (chain: string) => ChainRuns<SourceIo['evm']>;
  readonly solana: (chain: string) => ChainRuns<SourceIo['solana']>;
  readonly http: (signal: AbortSignal) => HttpReads;
  readonly file: SourceIo['file'];
  /** Judging clock, strictly increasing. */
  readonly now: () => number;
  /** Machine clock. */
  readonly machineNow: () => number;
  /** Aborted when the worker stops: what is being read then is given up. */
  readonly stopping: AbortSignal;
  /** The newest time that what is read now can carry: after a wait for its turn a run reads later blocks than it began with. Unix ms. */
  readonly latest: () => number;
  /** Hears of an error that is a bug in a source. */
  readonly onBug: (source: string, error: unknown) => void;
}

/** What is asked of each EVM chain of a batch beside its sources, in the same requests. */
export type Beside = (evm: SourceIo['evm']) => Promise<void>;

/** A fast cadence still gives a slow server its time: ms. */
const SHORTEST = 5000;
/** A poll that takes longer is given up: ms. */
const LONGEST = 60_000;

/**
 * Reads all sources of a batch; never throws for what the world did wrong. All its readings carry one `seenAt`.
 *
 * @throws {DOMException} when the worker stops: nobody knows then whether a source is well.
 */
export async function collect(batch: Batch, deps: CollectDeps, beside?: Beside): Promise<readonly Reading[]> {
  const now = deps.now();
  const signal = endsWithin(Math.max(SHORTEST, Math.min(LONGEST, batch.every)), deps.stopping);
  const { machineNow, latest, onBug } = deps;
  const harness = { seenAt: () => now, machineNow, latest, onBug };
  const all = { ...deps, now: () => now, harness, beside };
  const readings = await readAll(batch, all, signal).catch((error: unknown) =>
    failBatch(batch.sources, error, { now, deps: harness }),
  );
  deps.stopping.throwIfAborted();
  const seenAt = deps.now();
  return readings.map((reading) => ({ ...reading, seenAt }));
}

async function readAll(
  batch: Batch,
  deps: CollectDeps & { readonly harness: Harness; readonly beside: Beside | undefined },
  signal: AbortSignal,
): Promise<readonly Reading[]> {
  const { reads, chain = '', quorum, at } = batch.sources[0]!;
  const how = { ...(quorum !== undefined && { quorum }), ...(at !== undefined && { at }) };
  const io = {
    now: deps.now(),
    signal,
    http: deps.http(signal),
    file: deps.file,
    evm: absent('evm'),
    solana: absent('solana'),
    chains: () => {
      throw new TypeError('A source asked for a chain but its kind does not say that it reads chains.');
    },
  } as SourceIo;
  if (reads === 'evm')
    return deps
      .evm(chain)
      .run(async (evm) => readWith([evm], { ...io, evm }, { sources: batch.sources, ...deps }), signal, how);
  if (reads === 'solana')
    return deps
      .solana(chain)
      .run(async (solana) => collectBatch(batch.sources, { ...io, solana }, deps.harness), signal);
  if (reads === 'chains') {
    const names = batch.sources.flatMap(({ made }) => made.spans ?? []);
    const work = (chains: SourceIo['chains'], open: readonly SourceIo['evm'][]) =>
      readWith(open, { ...io, chains }, { sources: batch.sources, ...deps });
    return acrossChains(names, deps.evm, { work, signal });
  }
  return collectBatch(batch.sources, io, deps.harness);
}

async function readWith(
  open: readonly SourceIo['evm'][],
  io: SourceIo,
  {
    sources,
    harness,
    beside,
  }: Pick<Batch, 'sources'> & { readonly harness: Harness; readonly beside: Beside | undefined },
): Promise<readonly Reading[]> {
  const [readings] = await Promise.all([
    collectBatch(sources, io, harness),
    ...(beside === undefined ? [] : open.map(async (evm) => beside(evm))),
  ]);
  return readings;
}

/** Stands where a kind of source has no business: the first use of it is a bug of that kind. */
function absent(what: string): unknown {
  return new Proxy(
    {},
    {
      get: (_target, member) => {
        throw new TypeError(`A source used ${what}.${String(member)} but its kind does not say that it reads ${what}.`);
      },
    },
  );
}
