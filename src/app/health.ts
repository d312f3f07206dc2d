import type { Clock } from '../io/clock.ts';
import type { Store } from '../model/store.ts';

/** Longer without a complete tick and the worker is not well: machine ms. */
const TICK_MS = 30_000;

/**
 * Whether the worker works: what a supervisor restarts it for. That the canary was not accepted is said too, and is no reason: a restart
 * cures no receiver. `canary` is undefined when none is sent, `lastTick` machine ms.
 */
export async function health(
  store: Pick<Store, 'ping'>,
  clock: Pick<Clock, 'machineNow'>,
  { lastTick, canary }: { readonly lastTick: number; readonly canary: string | undefined },
): Promise<{ ok: boolean; checks: Record<string, string> }> {
  const database = await store.ping().then(
    () => 'ok',
    (error: Error) => error.message,
  );
  const age = clock.machineNow() - lastTick;
  const tick = age < TICK_MS ? 'ok' : `no complete tick for ${Math.round(age / 1000)} s`;
  const ok = database === 'ok' && tick === 'ok';
  return { ok, checks: { database, tick, ...(canary !== undefined && { canary }) } };
}
