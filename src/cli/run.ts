import { createLog, startApp } from '../app.ts';
import { stayLean } from '../io/heap.ts';
import type { RuleSet } from '../model/config.ts';
import { readConfiguration } from './configuration.ts';
import type { Choices } from './configuration.ts';
import { readCoverage } from './coverage.ts';
import { VERSION } from './package.ts';

/** A shutdown that takes longer, or a start that goes on after the signal, is cut off: ms. What was not finished is handed to the next start. */
const LONGEST_STOP = 25_000;

/** Runs until SIGTERM or SIGINT; one that comes during the start ends what was started. */
export async function run(choices: Choices): Promise<void> {
  stayLean();
  const ended = signalled();
  void ended.then(() => setTimeout(() => process.exit(1), LONGEST_STOP).unref());
  const configuration = readConfiguration(choices);
  const log = createLog(process.env['LOG_LEVEL'] ?? 'info');
  const coverage = (rules: RuleSet) => readCoverage(rules, configuration.readFiles());
  const app = await startApp({ ...configuration, coverage, version: VERSION, log });
  const { advice, chains, receivers } = configuration.settings;
  log.info({ chains: Object.keys(chains), receivers: receivers.map(({ name }) => name), advice }, 'running');
  process.stdout.write(`Dashboard: ${app.url}/?token=${app.token.reveal()}\n`);
  log.info({ signal: await ended }, 'stopping');
  await app.stop();
}

/** Who starts us may pass on a signal that the terminal sent as well: ms in which it is the same one. A later one cuts the shutdown off. */
const SAME = 1000;

/** The first signal to end. */
async function signalled(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let first: number | undefined;
    for (const name of ['SIGTERM', 'SIGINT'] as const)
      process.on(name, () => {
        first ??= performance.now();
        if (performance.now() - first > SAME) process.exit(1);
        resolve(name);
      });
  });
}
