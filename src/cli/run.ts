import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { createLog, startApp } from '../app.ts';
import type { RuleSet } from '../model/config.ts';
import { readConfiguration } from './configuration.ts';
import type { Choices } from './configuration.ts';
import { readCoverage } from './coverage.ts';
import { VERSION } from './package.ts';

/** A shutdown that takes longer, or a start that goes on after the signal, is cut off: ms. What was not finished is handed to the next start. */
const LONGEST_STOP = 25_000;

/**
 * V8 lets a heap grow to several times of what lives in it before it collects. A worker lives for months beside a database: a
 * few per cent of CPU are better spent on staying small.
 */
const GROWTH = '--heap-growing-percent=25';

/** Runs until SIGTERM or SIGINT; one that comes during the start ends what was started. */
export async function run(choices: Choices): Promise<void> {
  setFlagsFromString(GROWTH);
  const ended = Promise.race(['SIGTERM', 'SIGINT'].map(async (name) => once(process, name).then(() => name)));
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
