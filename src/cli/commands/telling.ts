import type { Command } from 'commander';
import type { Choices } from '../configuration.ts';
import type { EpisodeChoices } from '../episode.ts';
import type { PreviewChoices } from '../notifyPreview.ts';
import { CONFIG, DATA } from './options.ts';

/** Verbs about messages: what is sent, to whom, and what was. */
export function addTelling(program: Command): void {
  addNotify(program);
  addRoutes(program);
  program
    .command('episode')
    .argument('[alert]', 'id of an alert, as messages show it')
    .description(
      'print how an alert went: changes, who was told and when, who did something; without an id, the last episodes',
    )
    .option('--last <duration>', 'how far back the list goes', '7d')
    .option('--json', 'print it as JSON')
    .option(...CONFIG)
    .option(...DATA)
    .action(async (alert: string | undefined, choices: EpisodeChoices) => {
      const { showEpisode } = await import('../episode.ts');
      process.exitCode = await showEpisode(alert, choices, process);
    });
}

function addNotify(program: Command): void {
  const notify = program.command('notify').description('messages');
  notify
    .command('test <receiver>')
    .description('send one test message')
    .option(...CONFIG)
    .action(async (receiver: string, choices: Choices) => {
      const { notifyTest } = await import('../notify.ts');
      process.exitCode = await notifyTest(receiver, choices, process);
    });
  notify
    .command('preview <receiver>')
    .description('print what a receiver would be sent, without sending it')
    .option('--alert <name>', 'of an alert that fires now, without the samples behind it (default: an example)')
    .option('--html <file>', 'write the HTML of a mail to a file')
    .option(...CONFIG)
    .option(...DATA)
    .action(async (receiver: string, choices: PreviewChoices) => {
      const { notifyPreview } = await import('../notifyPreview.ts');
      process.exitCode = await notifyPreview(receiver, choices, process);
    });
}

function addRoutes(program: Command): void {
  const routes = program.command('routes').description('where alerts go');
  routes
    .command('show')
    .description('print the routing tree')
    .option(...CONFIG)
    .action(async (choices: Choices) => {
      const { showRoutes } = await import('../routes.ts');
      process.exitCode = showRoutes(choices, process);
    });
  routes
    .command('test <labels...>')
    .description('print who would be told of an alert with these labels, as in severity=critical')
    .option(...CONFIG)
    .action(async (labels: string[], choices: Choices) => {
      const { testRoutes } = await import('../routes.ts');
      process.exitCode = testRoutes(labels, choices, process);
    });
}
