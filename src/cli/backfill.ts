import { createEvmChain } from '../io/evm.ts';
import { createBudgets } from '../io/evmBudget.ts';
import { openPrivatePostgres } from '../io/postgres.ts';
import { backfill as fill, hasPast, type Filled } from '../jobs/backfill.ts';
import { parseDuration } from '../model/duration.ts';
import { groupBy } from '../model/group.ts';
import type { Config } from '../model/config.ts';
import type { Store } from '../model/store.ts';
import { openStore } from '../store/index.ts';
import { readConfiguration, type Choices } from './configuration.ts';
import type { Output } from './output.ts';

export interface BackfillChoices extends Choices {
  readonly from: string;
  readonly to?: string;
  readonly every: string;
}

/** `tocsin backfill`: reads the past of EVM sources, so that windows are warm on the first day. @throws {ConfigErrors} */
export async function backfill(choices: BackfillChoices, output: Output): Promise<number> {
  const span = spanOf(choices, Date.now());
  if (typeof span === 'string') return refuse(output, span);
  const configuration = readConfiguration(choices);
  const { rules } = configuration.loadRules(configuration.files, Date.now());
  const { settings } = configuration;
  const sources = groupBy(rules.sources.filter(hasPast), ({ chain }) => chain!);
  if (sources.size === 0) return refuse(output, 'No source reads an EVM chain, so there is nothing to fill.');
  const { store, close } = await openDatabase(settings);
  try {
    await store.maintain(span.from);
    const budgets = createBudgets();
    for (const [name, those] of sources) {
      const chain = createEvmChain(settings.chains[name]!, { machineNow: Date.now, budgets });
      const deps = { chain, store, signal: new AbortController().signal, machineNow: Date.now };
      const onProgress = (done: number, all: number) => {
        if (done % 24 === 0 || done === all) output.stdout.write(`${name}: ${done} of ${all} instants\n`);
      };
      output.stdout.write(summary(name, those.length, await fill(those, span, { ...deps, onProgress })));
    }
    return 0;
  } finally {
    await close();
  }
}

function spanOf({ from, to, every }: BackfillChoices, now: number) {
  const [start, end, step] = [Date.parse(from), to === undefined ? now : Date.parse(to), parseDuration(every)];
  if (Number.isNaN(start) || Number.isNaN(end))
    return `"${Number.isNaN(start) ? from : to}" is no date. Expected one such as 2026-11-21.`;
  if (step === undefined || step < 60_000) return `"${every}" is no step. Expected 1m or more, such as 1h.`;
  if (start >= end) return `"${from}" is not before ${new Date(end).toISOString()}.`;
  return { from: start, to: end, step };
}

const log = () => undefined;

async function openDatabase({ databaseUrl, data }: Config): Promise<{ store: Store; close: () => Promise<void> }> {
  if (databaseUrl !== undefined) {
    const store = await openStore({ url: databaseUrl, log });
    return { store, close: store.close };
  }
  const server = await openPrivatePostgres({ data, log });
  const store = await openStore({ url: server.url, log });
  return {
    store,
    close: async () => {
      await store.close();
      await server.stop();
    },
  };
}

function summary(chain: string, sources: number, { instants, samples, failures, skipped }: Filled): string {
  const failed = [...failures].map(([source, { count, why }]) => `  ${source}: nothing at ${count} instants. ${why}\n`);
  const left = [...groupBy([...skipped], ([, why]) => why)].map(
    ([why, those]) => `  skipped ${those.map(([source]) => source).join(', ')}: ${why}\n`,
  );
  const read = sources - skipped.size;
  return `${chain}: ${samples} samples of ${read} sources at ${instants} instants.\n${[...left, ...failed].join('')}`;
}

function refuse(output: Output, why: string): number {
  output.stderr.write(`${why}\n`);
  return 1;
}
