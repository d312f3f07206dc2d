import { decide } from '../dispatch/decide.ts';
import type { Decision } from '../dispatch/decide.ts';
import { sourcePatterns } from '../dispatch/inhibit.ts';
import type { Config } from '../model/config.ts';
import type { Claim } from '../model/claim.ts';
import type { Store } from '../model/store.ts';

interface DecideDeps {
  readonly config: Pick<Config, 'route' | 'inhibit'>;
  readonly store: Pick<Store, 'firingLike'>;
}

/** Decides what of a claim is told, with what may inhibit it as the store has it now. */
export async function decideFor(claim: Claim, now: number, { config, store }: DecideDeps): Promise<Decision> {
  const { route, inhibit = [] } = config;
  const patterns = sourcePatterns(claim.alerts, inhibit);
  const sources = patterns.length === 0 ? [] : await store.firingLike(patterns);
  return decide(claim, { route, inhibit, sources, now });
}
