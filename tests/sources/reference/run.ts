import { createFiles } from '../../../src/io/file.ts';
import { createHttp } from '../../../src/io/http.ts';
import type { RawSample, SourceContext, SourceIo, SourceKind } from '../../../src/model/source.ts';

/** 2026-11-20T06:00:00Z, the day of the recorded answers. */
export const NOW = Date.UTC(2026, 10, 20, 6);

export const context = (given: Partial<SourceContext> = {}): SourceContext => ({ assets: {}, folder: '.', ...given });

/** Makes each source as the configuration does and runs all of them once, over real connections. */
export async function runAll<Options>(
  kind: SourceKind<Options>,
  written: readonly unknown[],
  given: SourceContext = context(),
): Promise<readonly PromiseSettledResult<readonly RawSample[]>[]> {
  const http = createHttp({ tries: 1, perSecond: 1000 });
  const signal = AbortSignal.timeout(20_000);
  const io = { now: NOW, signal, http: http.reads(signal), file: createFiles() } as unknown as SourceIo;
  try {
    const made = written.map((options) => kind.make(kind.options.parse(options), given));
    return await Promise.allSettled(made.map((source) => source.collect(io)));
  } finally {
    await http.close();
  }
}

/** Samples of one run; throws what it throws. */
export async function run<Options>(kind: SourceKind<Options>, options: unknown, given?: SourceContext) {
  const [result] = await runAll(kind, [options], given);
  if (result?.status !== 'fulfilled') throw result?.reason;
  return result.value;
}
