import { expect, it } from 'vitest';
import { health } from '../../src/app/health.ts';

const clock = { machineNow: () => 100_000 };
const store = { ping: async () => undefined };

it('says that the canary is missed, and asks for no restart that cures no receiver', async () => {
  const missed = 'the canary was not accepted by "mail"';
  expect(await health(store, clock, { lastTick: 99_000, canary: missed })).toEqual({
    ok: true,
    checks: { database: 'ok', tick: 'ok', canary: missed },
  });
});

it('is not well without its database, or when the clock stands still', async () => {
  const gone = { ping: async () => Promise.reject(new Error('connect ECONNREFUSED')) };
  const checked = await health(gone, clock, { lastTick: 60_000, canary: undefined });
  expect(checked).toEqual({
    ok: false,
    checks: { database: 'connect ECONNREFUSED', tick: 'no complete tick for 40 s' },
  });
});
