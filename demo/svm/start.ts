import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { once } from 'node:events';

/** A Solana virtual machine with the real token programs behind JSON-RPC, in a process that dies with this one. */
export interface Svm {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** Starts it on a free port of loopback, with an empty ledger. */
export async function startSvm(): Promise<Svm> {
  const child = fork(new URL('front.ts', import.meta.url), { execArgv: ['--import', 'tsx'] });
  const port = await Promise.race([once(child, 'message').then(([told]) => Number(told)), ended(child)]);
  const gone = once(child, 'exit');
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      child.kill();
      await gone;
    },
  };
}

async function ended(child: ChildProcess): Promise<never> {
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  throw new Error(`The Solana front ended at its start with ${code ?? signal}.`);
}
