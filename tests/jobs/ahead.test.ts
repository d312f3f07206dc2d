import { expect, it } from 'vitest';
import { createAhead } from '../../src/jobs/ahead.ts';
import { Grouped } from '../../src/jobs/grouped.ts';
import type { NewChange } from '../../src/jobs/grouped.ts';
import { tellingsFor } from '../../src/dispatch/route.ts';
import type { InhibitRule, Route } from '../../src/model/config.ts';
import type { Labels } from '../../src/model/labels.ts';
import { firing, hour, minute, node, noon, silenceOf, untold } from '../dispatch/world.ts';

const route = node({ groupBy: ['pool'], groupWait: 0 });

function changeOf(labels: Labels, { kind = 'firing', tree = route }: { kind?: 'firing' | 'resolved'; tree?: Route }) {
  const { id: _none, ...transition } = untold(kind, { labels });
  return { alert: firing({ labels }), transition, tellings: tellingsFor(tree, transition) };
}

interface Told {
  readonly receiver: string;
  readonly pool: string | undefined;
  /** Numbers of the transitions. */
  readonly numbers: readonly number[];
}

/** What people are told ahead. */
async function tell(changes: readonly NewChange[], inhibit: readonly InhibitRule[] = []): Promise<readonly Told[]> {
  const told: Told[] = [];
  let last = 0;
  const ahead = createAhead({
    store: {
      silences: async () => [
        silenceOf('asset=quiet'),
        silenceOf('asset=past', { endsAt: noon }),
        silenceOf('asset=later', { startsAt: noon + minute }),
      ],
      claimAhead: async (claims) => new Set(claims.map(({ token }) => token)),
    },
    numbers: { take: async (count) => Array.from({ length: count }, () => ++last) },
    teller: {
      tellAhead: async (groups) => {
        for (const group of groups) {
          const { claim, isTaken } = group.claimed();
          const numbers = claim.untold.map(({ id }) => id);
          if (await isTaken) told.push({ receiver: claim.receiver, pool: claim.groupLabels['pool'], numbers });
        }
      },
    },
    inhibit,
    machineNow: () => noon,
  });
  const grouped = new Grouped();
  for (const change of changes) grouped.add(change);
  await ahead(grouped, { now: noon, since: noon });
  return told;
}

const poolsOf = (told: readonly Told[]) => told.map(({ pool }) => pool);

it('tells ahead what fires and nothing mutes, by whole groups', async () => {
  const changes = ['loud', 'past', 'later', 'quiet'].map((asset) => changeOf({ asset, pool: asset }, {}));
  const mixed = ['loud', 'quiet'].map((asset) => changeOf({ asset, pool: 'mixed' }, {}));
  expect(poolsOf(await tell([...changes, ...mixed]))).toEqual(['loud', 'past', 'later']);
});

it('tells ahead no end, nothing that may be inhibited, no escalation and nothing that waits for long', async () => {
  const target = [{ name: 'asset', op: '=' as const, value: 'target' }];
  const late = node({ groupBy: ['pool'], groupWait: 2 * minute });
  const escalates = node({ ...route, escalate: [{ after: hour, receivers: ['boss'] }] });
  const changes = [
    changeOf({ asset: 'a', pool: 'over' }, { kind: 'resolved' }),
    changeOf({ asset: 'target', pool: 'target' }, {}),
    changeOf({ asset: 'a', pool: 'late' }, { tree: late }),
    changeOf({ asset: 'a', pool: 'escalates' }, { tree: escalates }),
    changeOf({ asset: 'a', pool: 'plain' }, {}),
  ];
  expect(poolsOf(await tell(changes, [{ source: [], target, equal: [] }]))).toEqual(['escalates', 'plain']);
});

it('gives each alert a number, the same for every receiver', async () => {
  const both = node({ ...route, receivers: ['desk', 'phone'] });
  const told = await tell([
    changeOf({ asset: 'a', pool: 'one' }, {}),
    changeOf({ asset: 'a', pool: 'two' }, { tree: both }),
    changeOf({ asset: 'b', pool: 'one' }, {}),
    changeOf({ asset: 'b', pool: 'two' }, { tree: both }),
  ]);
  expect(told).toEqual([
    { receiver: 'desk', pool: 'one', numbers: [1, 3] },
    { receiver: 'desk', pool: 'two', numbers: [2, 4] },
    { receiver: 'phone', pool: 'two', numbers: [2, 4] },
  ]);
});
