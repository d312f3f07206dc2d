import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Node } from '../../demo/chain/node.ts';
import { createLog, startApp } from '../../src/app.ts';
import { loadConfig } from '../../src/config/loadConfig.ts';
import { loadRules } from '../../src/config/loadRules.ts';
import type { Secret } from '../../src/model/secret.ts';
import * as notifiers from '../../src/notifiers/index.ts';
import * as sources from '../../src/sources/index.ts';
import { freshDatabase } from '../support/postgres.ts';

/** Runs everything on a local node, until the test is over; on a database of its own unless one is given. */
export async function startOn(
  node: Node,
  rules: string,
  { heads, database }: { readonly heads?: string; readonly database?: Secret } = {},
) {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-evm-'));
  const own = database === undefined ? await freshDatabase() : undefined;
  const lookup = { env: { DATABASE_URL: (database ?? own!.url).reveal() }, readFile: () => '' };
  const text = `
data: ${folder}
dashboard: { listen: '127.0.0.1:0' }
route: { receivers: [inbox], group_wait: 0s, group_interval: 0s }
chains:
  local: { id: 31337, rpc: ['${node.url}']${heads === undefined ? '' : `, heads: '${heads}'`} }
`;
  const settings = loadConfig({ ...lookup, file: 'tocsin.yaml', text, notifiers, packs: [], exists: () => true });
  const app = await startApp({
    ...{ settings, version: 'test', log: createLog('silent'), rulePlaces: [folder] },
    readFiles: () => ({ 'rules/mine.yaml': rules }),
    loadRules: (files, now) => loadRules({ ...lookup, files, config: settings, sources, now }),
  });
  onTestFinished(async () => {
    await app.stop();
    await own?.drop();
    await node.stop();
    rmSync(folder, { recursive: true });
  });
  return app;
}
