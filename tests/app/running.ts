import { setTimeout as sleep } from 'node:timers/promises';
import { createLog, startApp } from '../../src/app.ts';
import type { App } from '../../src/app.ts';
import { loadConfig } from '../../src/config/loadConfig.ts';
import { loadRules } from '../../src/config/loadRules.ts';
import type { Status } from '../../src/model/status.ts';
import * as notifiers from '../../src/notifiers/index.ts';
import * as sources from '../../src/sources/index.ts';

export interface Running {
  /** Of its data and its rule files. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** Rule files by path, read anew at each reload. */
  readonly readRules: () => Readonly<Record<string, string>>;
  /** More of the configuration. */
  readonly settings?: string;
}

/** Starts the application in this process; all that fires goes to the inbox at once. */
export async function startIn({ folder, env, readRules, settings: more = '' }: Running): Promise<App> {
  const text = `data: ${folder}
dashboard: { listen: '127.0.0.1:0' }
route: { receivers: [inbox], group_wait: 0s, group_interval: 0s }
${more}`;
  const lookup = { env, readFile: () => '' };
  const settings = loadConfig({ ...lookup, file: 'tocsin.yaml', text, notifiers, packs: [], exists: () => true });
  return startApp({
    settings,
    version: 'test',
    log: createLog('silent'),
    readFiles: readRules,
    rulePlaces: [folder],
    loadRules: (files, now) => loadRules({ ...lookup, files, config: settings, sources, now }),
  });
}

/** Waits until the status is so. @throws {Error} after a minute. */
export async function until({ url }: App, isSo: (status: Status) => boolean): Promise<Status> {
  for (let tries = 0; tries < 600; tries++) {
    const status = (await (await fetch(`${url}/status.json`)).json()) as Status;
    if (isSo(status)) return status;
    await sleep(100);
  }
  throw new Error('The status did not come to what was expected within a minute.');
}

/** The alert of this rule, if it fires. */
export const fires = ({ alerts }: Status, name: string) =>
  alerts.find(({ rule, state }) => rule === name && state === 'firing');
