import { SourceError, type EvmReads, type Source, type SourceIo } from '../model/source.ts';
import type { Reading } from '../model/sample.ts';
import type { Store } from '../model/store.ts';
import { collectBatch } from '../sources/collect.ts';

/** Reads of one chain at a block of the past; the node must keep old state. */
export interface PastChain {
  readonly run: <T>(
    work: (reads: EvmReads) => Promise<T>,
    signal: AbortSignal,
    how?: { readonly block?: bigint },
  ) => Promise<T>;
}

/** Which instants are filled: unix ms, ms between them. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

export interface BackfillDeps {
  readonly chain: PastChain;
  readonly store: Pick<Store, 'saveReadings'>;
  readonly signal: AbortSignal;
  /** Machine clock, ms. */
  readonly machineNow: () => number;
  readonly onProgress: (done: number, all: number) => void;
}

interface Failure {
  readonly count: number;
  readonly why: string;
}

/** What was filled: instants, samples, and how many readings of each source failed. */
export interface Filled {
  readonly instants: number;
  readonly samples: number;
  readonly failures: ReadonlyMap<string, Failure>;
  /** Sources that have no past to read, and why. */
  readonly skipped: ReadonlyMap<string, string>;
}

/** A block this share of a step before the wanted instant is near enough. */
const NEAR = 0.1;

/**
 * Reads the sources of one chain at past instants and stores what they say, dated by the blocks' own time. A source that fails at an
 * instant has no sample there, and every other one has.
 */
export async function backfill(sources: readonly Source[], span: Span, deps: BackfillDeps): Promise<Filled> {
  const failures = new Map<string, Failure>();
  const skipped = new Map<string, string>();
  const all = Math.floor((span.to - span.from) / span.step) + 1;
  let [instants, samples] = [0, 0];
  let low: At | undefined;
  for (let time = span.from; time <= span.to; time += span.step) {
    const found: At | undefined = await deps.chain.run(
      async (reads) => blockBefore(reads, { time, near: span.step * NEAR, low }),
      deps.signal,
    );
    low = found ?? low;
    if (found !== undefined) {
      const left = sources.filter(({ id }) => !skipped.has(id));
      const readings = await readAt(left, BigInt(found.number), deps);
      noteFailures(readings, { failures, skipped });
      samples += readings.reduce((sum, reading) => sum + reading.samples.length, 0);
      instants += 1;
      await deps.store.saveReadings(
        readings.filter(({ error }) => error === undefined).map((reading) => aged(reading, sources)),
      );
    }
    deps.onProgress(Math.round((time - span.from) / span.step) + 1, all);
  }
  return { instants, samples, failures, skipped };
}

function noteFailures(
  readings: readonly Reading[],
  { failures, skipped }: { readonly failures: Map<string, Failure>; readonly skipped: Map<string, string> },
): void {
  for (const { source, error } of readings) {
    if (error === undefined) continue;
    if (PASTLESS.has(error)) skipped.set(source, error);
    else failures.set(source, { count: (failures.get(source)?.count ?? 0) + 1, why: error });
  }
}

function aged(reading: Reading, sources: readonly Source[]) {
  return { ...reading, maxAge: sources.find(({ id }) => id === reading.source)!.maxAge };
}

async function readAt(sources: readonly Source[], block: bigint, { chain, signal, machineNow }: BackfillDeps) {
  const readings = await chain.run(
    async (evm) => {
      const now = evm.block.timestamp;
      const io = { now, signal, evm: { ...evm, logs: noLogs }, http: noHttp } as unknown as SourceIo;
      return collectBatch(sources, io, { seenAt: () => now, machineNow });
    },
    signal,
    { block },
  );
  // Whether a source was up is known of the present only.
  return readings.map((reading) => ({
    ...reading,
    samples: reading.error === undefined ? reading.samples.filter(({ metric }) => !metric.startsWith('tocsin_')) : [],
  }));
}

const NO_LOGS = 'Logs are scanned by the worker, not by a backfill.';
const NO_PAST = 'A reference of today says nothing of the past.';
const PASTLESS: ReadonlySet<string> = new Set([NO_LOGS, NO_PAST]);

const refuse = (why: string) => async (): Promise<never> => {
  throw new SourceError(why, { retryable: false });
};

const noLogs: EvmReads['logs'] = refuse(NO_LOGS);

const noHttp: Pick<SourceIo['http'], 'json' | 'together'> = { json: refuse(NO_PAST), together: refuse(NO_PAST) };

interface At {
  readonly number: number;
  /** Unix ms. */
  readonly time: number;
}

/** The newest block before an instant, or one near before it; `undefined` when the chain is younger. */
async function blockBefore(
  reads: EvmReads,
  { time, near, low: start }: { readonly time: number; readonly near: number; readonly low: At | undefined },
): Promise<At | undefined> {
  const at = async (number: number): Promise<At> => ({ number, time: await reads.timeOf(number) });
  let high: At = { number: Number(reads.block.number), time: reads.block.timestamp };
  if (high.time <= time) return high;
  let low = start ?? (await at(Math.min(1, high.number)));
  if (low.time > time) return undefined;
  for (let turn = 0; high.number - low.number > 1 && time - low.time > near; turn += 1) {
    // By proportion, and every third time by halves: block times are not even.
    const share = turn % 3 === 2 ? 0.5 : (time - low.time) / (high.time - low.time);
    const guess = low.number + Math.round((high.number - low.number) * share);
    const middle = await at(Math.min(high.number - 1, Math.max(low.number + 1, guess)));
    if (middle.time <= time) low = middle;
    else high = middle;
  }
  return low;
}

/** True for sources whose past a node with old state can tell. */
export function hasPast({ reads, chain }: Source): boolean {
  return reads === 'evm' && chain !== undefined;
}
