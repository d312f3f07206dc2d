import { expect, it } from 'vitest';
import { createAhead } from '../../src/jobs/ahead.ts';
import type { NewChange } from '../../src/jobs/ahead.ts';
import { tellingsFor } from '../../src/dispatch/route.ts';
import type { InhibitRule, Route } from '../../src/model/config.ts';
import type { Labels } from '../../src/model/labels.ts';
import { firing, hour, minute, node, noon, silenceOf, untold } from '../dispatch/world.ts';

const route = node({ groupBy: ['pool'], groupWait: 0 });

function changeOf(labels: Labels, { kind = 'firing', tree = route }: { kind?: 'firing' | 'resolved'; tree?: Route }) {
  const transition = untold(kind, { labels });
  return { alert: firing({ labels }), transition, tellings: tellingsFor(tree, transition) };
}

/** The pools of which people are told ahead. */
async function told(changes: readonly NewChange[], inhibit: readonly InhibitRule[] = []): Promise<readonly unknown[]> {
  const pools: unknown[] = [];
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
          if (await isTaken) pools.push(claim.groupLabels['pool']);
        }
      },
    },
    inhibit,
    machineNow: () => noon,
  });
  await ahead(changes, { now: noon, since: noon });
  return pools;
}

it('tells ahead what fires and nothing mutes, by whole groups', async () => {
  const changes = ['loud', 'past', 'later', 'quiet'].map((asset) => changeOf({ asset, pool: asset }, {}));
  const mixed = ['loud', 'quiet'].map((asset) => changeOf({ asset, pool: 'mixed' }, {}));
  expect(await told([...changes, ...mixed])).toEqual(['loud', 'past', 'later']);
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
  expect(await told(changes, [{ source: [], target, equal: [] }])).toEqual(['escalates', 'plain']);
});
