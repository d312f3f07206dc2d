import type { Command } from 'commander';
import type { Choices } from '../configuration.ts';
import type { MuteChoices } from '../mute.ts';
import { BY, CONFIG, DATA } from './options.ts';

/** Verbs that keep people from being told, and the list of what does. */
export function addMuting(program: Command): void {
  addSilence(program.command('silence').description('keep alerts from being told'));
  program
    .command('ack <matchers...>')
    .description('acknowledge the firing alerts that match: no reminders until they get worse')
    .option('--for <duration>', 'how long (default: unack_after, a day)')
    .option('--comment <text>', 'a note')
    .option(...BY)
    .option(...CONFIG)
    .option(...DATA)
    .action(async (matchers: string[], choices: MuteChoices) => {
      const { acknowledge } = await import('../mute.ts');
      process.exitCode = await acknowledge(matchers, choices, process);
    });
  program
    .command('muted')
    .description(
      'print everything that nobody is told of now: silences, acknowledgements, disabled rules, inhibited alerts, mute times',
    )
    .option(...CONFIG)
    .option(...DATA)
    .action(async (choices: Choices) => {
      const { listMuted } = await import('../muted.ts');
      process.exitCode = await listMuted(choices, process);
    });
}

function addSilence(silence: Command): void {
  silence
    .command('add <matchers...>')
    .description('nobody is told of what matches, as in asset="xusd"')
    .option('--for <duration>', 'how long', '1h')
    .option('--comment <text>', 'why')
    .option(...BY)
    .option(...CONFIG)
    .option(...DATA)
    .action(async (matchers: string[], choices: MuteChoices) => {
      const mute = await import('../mute.ts');
      process.exitCode = await mute.addSilence(matchers, choices, process);
    });
  silence
    .command('list')
    .description('print the silences in force and to come')
    .option('--ended', 'those that ended in the last five days too')
    .option(...CONFIG)
    .option(...DATA)
    .action(async (choices: Choices & { readonly ended?: true }) => {
      const { listSilences } = await import('../muted.ts');
      process.exitCode = await listSilences(choices, process);
    });
  silence
    .command('expire <ids...>')
    .description('end silences now')
    .option(...BY)
    .option(...CONFIG)
    .option(...DATA)
    .action(async (ids: string[], choices: MuteChoices) => {
      const { expireSilences } = await import('../mute.ts');
      process.exitCode = await expireSilences(ids, choices, process);
    });
}
