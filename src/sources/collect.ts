import type { Labels } from '../model/labels.ts';
import type { Origin, Reading, Sample } from '../model/sample.ts';
import { CallReverted, SourceError, type RawSample, type Source, type SourceIo } from '../model/source.ts';
import { originOf, witnesses, type Witness } from './origin.ts';
import { requireSane } from './sane.ts';

/** The clocks of a run, and where a bug in a source is told with its stack. */
export interface CollectDeps {
  /** Unix ms, judging clock, strictly increasing within the process. */
  readonly seenAt: () => number;
  /** ms, machine clock. */
  readonly machineNow: () => number;
  readonly onBug?: (source: string, error: unknown) => void;
  /** The newest time that a value read now can carry, unix ms. Absent: the start of the run. */
  readonly latest?: () => number;
}

/** Runs every source of one batch at once; one that fails leaves the others alone. Readings are in the order of `sources`. */
export function collectBatch(sources: readonly Source[], io: SourceIo, deps: CollectDeps): Promise<readonly Reading[]> {
  const witness = witnesses(io);
  return Promise.all(sources.map((source) => collectOne(source, witness(), deps)));
}

/** The readings of a batch whose chain or file could not be read at all; `error` as thrown. */
export function failBatch(
  sources: readonly Source[],
  error: unknown,
  { now, deps }: { readonly now: number; readonly deps: CollectDeps },
): readonly Reading[] {
  return sources.map((source) => failed(source, error, { now, tookMs: 0, origin: {}, deps }));
}

async function collectOne(source: Source, witness: Witness, deps: CollectDeps): Promise<Reading> {
  const { io } = witness;
  const { now } = io;
  const startedAt = deps.machineNow();
  const run = () => ({ now, tookMs: deps.machineNow() - startedAt, origin: originOf(source, witness), deps });
  try {
    const { samples, reverted } = await samplesOf(source, io, deps);
    const { tookMs, origin } = run();
    return {
      source: source.id,
      seenAt: deps.seenAt(),
      tookMs,
      origin: { ...origin, ...(reverted !== undefined && { reverted }) },
      samples: [...samples, upSample(source, now, 1)],
    };
  } catch (error) {
    return failed(source, error, run());
  }
}

interface Run {
  readonly now: number;
  readonly tookMs: number;
  readonly origin: Origin;
  readonly deps: CollectDeps;
}

function failed(source: Source, error: unknown, { now, tookMs, origin, deps }: Run): Reading {
  const known = error instanceof SourceError;
  if (!known) deps.onBug?.(source.id, error);
  return {
    source: source.id,
    seenAt: deps.seenAt(),
    tookMs,
    origin: (known ? error.origin : undefined) ?? origin,
    samples: [upSample(source, now, 0)],
    error: known ? error.message : bugText(source, error),
  };
}

async function samplesOf(
  source: Source,
  io: SourceIo,
  { latest }: CollectDeps,
): Promise<{ readonly samples: readonly Sample[]; readonly reverted?: string }> {
  const revertedIs = (value: 0 | 1): readonly Sample[] =>
    source.reads === 'evm' ? [complete(source, { metric: 'call_reverted_bool', value }, io)] : [];
  let raw: readonly RawSample[];
  try {
    raw = await source.made.collect(io);
  } catch (error) {
    if (!(error instanceof CallReverted)) throw error;
    return { samples: revertedIs(1), reverted: error.message };
  }
  for (const sample of raw) requireDeclared(source, sample);
  const samples = raw.map((sample) => complete(source, sample, io));
  for (const sample of samples) requireSane(source, sample, latest?.() ?? io.now);
  const said = raw.flatMap(({ reverted }) => reverted ?? []);
  return { samples: [...samples, ...revertedIs(0)], ...(said[0] !== undefined && { reverted: said[0] }) };
}

function complete(source: Source, { metric, labels, value, at }: RawSample, io: SourceIo): Sample {
  return { metric, labels: { ...source.labels, ...labels }, value, at: at ?? ownTime(source, io) };
}

function ownTime(source: Source, io: SourceIo): number {
  if (source.reads === 'evm') return io.evm.block.timestamp;
  return source.reads === 'solana' ? io.solana.slotTime : io.now;
}

function requireDeclared(source: Source, { metric }: RawSample): void {
  if (source.made.yields.some((declared) => declared.metric === metric)) return;
  throw new SourceError(`Source "${source.id}" yielded ${metric}, which its kind "${source.kind}" does not declare.`, {
    retryable: false,
  });
}

function upSample(source: Source, now: number, value: 0 | 1): Sample {
  const labels: Labels = { source: source.id, kind: source.kind };
  return { metric: 'tocsin_source_up', labels, value, at: now };
}

/** Unlike a `SourceError`, a bug's text may hold anything: of every URL only the host is kept. */
function bugText(source: Source, error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const safe = text.replace(/\b[a-z][a-z+.-]*:\/\/(?:[^\s/@]*@)?([^\s/?#"'`)]*)[^\s"'`)]*/gi, '$1');
  return `Source "${source.id}" broke with ${safe.replace(/\s+/g, ' ').slice(0, 200)}. Report it as a bug of kind "${source.kind}".`;
}
