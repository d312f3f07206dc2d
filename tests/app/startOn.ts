import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Node } from '../../demo/chain/node.ts';
import type { Secret } from '../../src/model/secret.ts';
import { freshDatabase } from '../support/postgres.ts';
import { startIn } from './running.ts';

/** Runs everything on a local node, until the test is over; on a database of its own unless one is given. */
export async function startOn(
  node: Node,
  rules: string,
  { heads, database }: { readonly heads?: string; readonly database?: Secret } = {},
) {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-evm-'));
  const own = database === undefined ? await freshDatabase() : undefined;
  const app = await startIn({
    folder,
    env: { DATABASE_URL: (database ?? own!.url).reveal() },
    readRules: () => ({ 'rules/mine.yaml': rules }),
    settings: `chains:
  local: { id: 31337, rpc: ['${node.url}']${heads === undefined ? '' : `, heads: '${heads}'`} }
`,
  });
  onTestFinished(async () => {
    await app.stop();
    await own?.drop();
    await node.stop();
    rmSync(folder, { recursive: true });
  });
  return app;
}
