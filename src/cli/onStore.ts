import { userInfo } from 'node:os';
import type { Act } from '../model/mute.ts';
import type { Store } from '../model/store.ts';
import { readConfiguration } from './configuration.ts';
import type { Choices, Configuration } from './configuration.ts';
import type { Output } from './output.ts';
import { openExisting } from './storeOf.ts';

/** What a command does with a worker's store. Returns the exit code. */
type Work = (asked: {
  readonly store: Store;
  readonly configuration: Configuration;
  readonly config: Configuration['settings'];
  readonly act: Act;
  readonly say: Say;
}) => Promise<number>;
export type Say = (line: string) => void;

/** Works on the store that a worker has left, or writes now. */
export async function onStore(
  choices: Choices & { readonly by?: string },
  { stdout, stderr }: Output,
  work: Work,
): Promise<number> {
  const configuration = readConfiguration(choices);
  const config = configuration.settings;
  const opened = await openExisting(config);
  if (opened === undefined) {
    stderr.write(`No worker has run on "${config.data}" yet.\n`);
    return 1;
  }
  try {
    const act = { by: choices.by ?? userInfo().username, via: 'cli', at: Date.now() };
    const say = (line: string) => void stdout.write(`${line}\n`);
    return await work({ store: opened.store, configuration, config, act, say });
  } finally {
    await opened.close();
  }
}
