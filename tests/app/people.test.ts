import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { peopleOf } from '../../src/app/people.ts';
import type { Settings } from '../../src/config/loadConfig.ts';
import { wallClock } from '../../src/io/clock.ts';
import type { Store } from '../../src/model/store.ts';

it('acknowledges what is told and not stored yet once it is stored', async () => {
  const done: string[] = [];
  let stored: () => void;
  const storm = new Promise<void>((resolve) => (stored = resolve));
  const settings = {
    receivers: [],
    dashboard: {},
    unackAfter: 1000,
    data: mkdtempSync(join(tmpdir(), 'tocsin-people-')),
  };
  const store: Partial<Store> = {
    acknowledge: async ({ alertIds }) => {
      done.push('acknowledged');
      return alertIds;
    },
  };
  const poster = {
    firing: async () => {
      await storm;
      done.push('stored');
      return [];
    },
  };
  const people = peopleOf(settings as unknown as Settings, { store: store as Store, clock: wallClock(), poster });
  const said = people.store.acknowledge({ alertIds: ['a'], until: 1000 }, { by: 'ada', via: 'slack', at: 0 });
  stored!();
  expect(await said).toEqual(['a']);
  expect(done).toEqual(['stored', 'acknowledged']);
});
