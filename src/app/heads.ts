import { openHeads } from '../io/evmSocket.ts';
import { createEarly, type EarlyDeps } from '../jobs/early.ts';
import type { AppOptions, OnStop } from './options.ts';

/** Listens for new blocks of the chains that have a socket, and reads early when one comes. */
export function listenForBlocks({ settings, log }: AppOptions, deps: Omit<EarlyDeps, 'onError'>, onStop: OnStop): void {
  const early = createEarly({ ...deps, onError: (err) => log.warn({ err }, 'a new block did not make a poll early') });
  for (const { name, heads } of Object.values(settings.chains)) {
    if (heads === undefined) continue;
    onStop(
      openHeads({
        url: heads,
        onHead: (block) => void early(name, block),
        log: (event, message) => log.warn({ chain: name, ...event }, message),
      }),
    );
  }
}
