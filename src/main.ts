#!/usr/bin/env node
import { Command } from 'commander';
import type { BackfillChoices } from './cli/backfill.ts';
import type { BacktestChoices } from './cli/backtest.ts';
import type { CheckChoices } from './cli/check.ts';
import type { Choices } from './cli/configuration.ts';
import type { CoverageChoices } from './cli/coverage.ts';
import type { IncidentChoices } from './cli/incident.ts';
import type { TuneChoices } from './cli/tune.ts';
import type { TestChoices } from './cli/test.ts';
import { addMuting } from './cli/commands/muting.ts';
import { addTelling } from './cli/commands/telling.ts';
import { VERSION } from './cli/package.ts';

/** Errors whose message says what to do; commands are loaded when they are asked for, and so are these classes. */
const FOR_THE_USER = ['ConfigErrors', 'PostgresError'];

const program = new Command('tocsin').description('A risk alarm for on-chain assets.').version(VERSION);

program
  .command('run')
  .description('read, judge and tell, until stopped')
  .option('--config <file>', 'configuration file (default: tocsin.yaml, if there is one)')
  .option('--data <folder>', 'folder for the private database and the token')
  .action(async (choices: Choices) => {
    const { run } = await import('./cli/run.ts');
    await run(choices);
  });

program
  .command('backfill')
  .description('read the past of EVM sources from nodes that keep old state, so that windows are warm on the first day')
  .requiredOption('--from <date>', 'first instant, such as 2026-11-21 or 2026-11-21T06:00Z')
  .option('--to <date>', 'last instant (default: now)')
  .option('--every <step>', 'time between two instants', '1h')
  .option('--config <file>', 'configuration file (default: tocsin.yaml, if there is one)')
  .option('--data <folder>', 'folder for the private database')
  .action(async (choices: BackfillChoices) => {
    const { backfill } = await import('./cli/backfill.ts');
    process.exitCode = await backfill(choices, process);
  });

program
  .command('init')
  .description('write a commented tocsin.yaml')
  .option('--yes', 'ask nothing')
  .action(async ({ yes }: { yes?: true }) => {
    const { init } = await import('./cli/init.ts');
    process.exitCode = await init(yes ? ['--yes'] : [], {
      stdin: process.stdin,
      stdout: process.stdout,
      cwd: process.cwd(),
    });
  });

program
  .command('check')
  .description('say what is wrong or doubtful in rule files: 1 on errors')
  .argument('[files...]', 'files or folders; without any, all that the configuration names')
  .option('--config <file>', 'configuration file (default: tocsin.yaml, if there is one)')
  .option('--online', 'also ask the chains whether addresses, tokens and feeds are what they are said to be')
  .option('--strict', 'exit 2 when there are only warnings')
  .option('--json', 'print findings as JSON')
  .action(async (places: string[], choices: CheckChoices) => {
    const { check } = await import('./cli/check.ts');
    process.exitCode = await check(places, choices, process);
  });

program
  .command('explain <rule>')
  .description('print what a rule says, reads and judges now')
  .option('--config <file>', 'configuration file (default: tocsin.yaml, if there is one)')
  .option('--data <folder>', "folder of the worker's private database")
  .action(async (rule: string, choices: Choices) => {
    const { explain } = await import('./cli/explain.ts');
    process.exitCode = await explain(rule, choices, process);
  });

program
  .command('plan')
  .description('print what a reload of the rule files would add, change, reset and remove')
  .option('--config <file>', 'configuration file (default: tocsin.yaml, if there is one)')
  .option('--data <folder>', "folder of the worker's private database")
  .action(async (choices: Choices) => {
    const { plan } = await import('./cli/plan.ts');
    process.exitCode = await plan(choices, process);
  });

const io = {
  cwd: process.cwd(),
  now: Date.now(),
  write: (text: string) => void process.stdout.write(text),
  warn: (text: string) => void process.stderr.write(text),
};

program
  .command('export')
  .description('rules for other systems')
  .command('prometheus')
  .description('write rules as Prometheus reads them: 3 when something cannot be said there')
  .argument('[places...]', 'rule files or folders (default: rules)')
  .option('--lossy', 'leave out what cannot be said')
  .action(async (places: string[], choices: { lossy?: true }) => {
    const { exportRules } = await import('./cli/exportRules.ts');
    process.exitCode = exportRules(places, choices, io);
  });

program
  .command('import')
  .description('rules from other systems')
  .command('prometheus <files...>')
  .description('write Prometheus rule files as ours')
  .action(async (files: string[]) => {
    const { importRules } = await import('./cli/importRules.ts');
    process.exitCode = importRules(files, io);
  });

program
  .command('test')
  .description('run unit tests of rules: 1 when one fails')
  .argument('<places...>', 'test files, or folders with *.test.yaml')
  .option('--missing <reading>', 'hold: what is stale holds an alert; prometheus: what is absent ends it', 'hold')
  .option('--range-ends <ends>', 'open, or closed as in Prometheus 2', 'open')
  .action(async (places: string[], choices: TestChoices) => {
    const { test } = await import('./cli/test.ts');
    process.exitCode = test(places, choices, {
      cwd: process.cwd(),
      say: (text) => void process.stdout.write(text),
    });
  });

program
  .command('backtest')
  .description('run rules over recorded incidents: 1 when something expected was missed or a budget was passed')
  .option('--incident <name...>', 'names or folders of incidents (default: all that ship, and ./incidents)')
  .option('--rules <path...>', 'rule files or folders (default: the packs of the classes of the assets)')
  .option('--from <time>', 'judge from this time on; what came before is known')
  .option('--to <time>', 'judge until this time')
  .option('--compare <file>', 'print what changed against the lines that --json printed earlier')
  .option('--json', 'print a line of JSON for each firing')
  .option('--html', 'print a page with timelines')
  .option('--record <name>', 'write an incident from what the worker recorded in the last week, then run it')
  .option('--missing <reading>', 'hold: what is stale holds an alert; prometheus: what is absent ends it', 'hold')
  .option('--range-ends <ends>', 'open, or closed as in Prometheus 2', 'open')
  .action(async (choices: BacktestChoices) => {
    if (choices.record !== undefined) {
      const { newIncident } = await import('./cli/incident.ts');
      process.exitCode = await newIncident(choices.record, { fromStore: true, ...dates(choices) }, process);
      if (process.exitCode !== 0) return;
    }
    const { backtest } = await import('./cli/backtest.ts');
    const incident = choices.record === undefined ? choices.incident : [choices.record];
    process.exitCode = backtest({ ...choices, ...(incident && { incident }) }, process.cwd(), process);
  });

/** `--from` and `--to` choose what is recorded. */
function dates({ from, to }: BacktestChoices): Pick<BacktestChoices, 'from' | 'to'> {
  return { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
}

program
  .command('incident')
  .description('recorded histories')
  .command('new <name>')
  .description('write incidents/NAME from what the worker recorded, so that an episode becomes a test')
  .requiredOption('--from-store', 'from the database')
  .option('--from <time>', 'first instant (default: a week before the last)')
  .option('--to <time>', 'last instant (default: now)')
  .option('--asset <id>', 'only series of this asset')
  .option('--title <text>', 'what happened')
  .option('--config <file>', 'configuration file (default: tocsin.yaml, if there is one)')
  .option('--data <folder>', "folder of the worker's private database")
  .action(async (name: string, choices: IncidentChoices) => {
    const { newIncident } = await import('./cli/incident.ts');
    process.exitCode = await newIncident(name, choices, process);
  });

program
  .command('coverage')
  .description('say what is watched without a rule, a second source, an owner, a test or a backtest')
  .option('--config <file>', 'configuration file (default: tocsin.yaml, if there is one)')
  .option('--json', 'print it as JSON')
  .action(async (choices: CoverageChoices) => {
    const { coverage } = await import('./cli/coverage.ts');
    process.exitCode = coverage(choices, process);
  });

program
  .command('tune <rule>')
  .description('print what other thresholds and waiting times would have caught and cost; edits no file')
  .option('--incident <name...>', 'names or folders of incidents (default: all that ship, and ./incidents)')
  .option('--rules <path...>', 'rule files or folders (default: the packs of the classes of the assets)')
  .option('--all', 'every variant, not only the best')
  .action(async (rule: string, choices: TuneChoices) => {
    const { tune } = await import('./cli/tune.ts');
    process.exitCode = tune(rule, choices, process.cwd(), process);
  });

addTelling(program);
addMuting(program);

program
  .command('promqltest <files...>', { hidden: true })
  .description("run Prometheus' own test scripts")
  .action(async (files: readonly string[]) => {
    const { promqltest } = await import('./cli/promqltest.ts');
    process.exitCode = promqltest(files, process.stdout);
  });

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof Error && FOR_THE_USER.includes(error.name))) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
