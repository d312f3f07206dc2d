import { expect, it } from 'vitest';
import { timelineOf } from '../../src/dispatch/timeline.ts';
import type { Story } from '../../src/model/story.ts';

const told = (at: number | null, kept: string | null = null) => [{ receiver: 'desk', at, kept }];
const story: Story = {
  ...{ alertId: 'a', rule: 'BelowNav', labels: {}, startedAt: 0 },
  changes: [
    { at: 0, kind: 'pending', from: null, to: null, value: -0.01, told: [] },
    { at: 10, kind: 'firing', from: null, to: 'warning', value: -0.01, told: told(11) },
    { at: 20, kind: 'level', from: 'warning', to: 'critical', value: -0.03, told: told(25, 'muted') },
    { at: 30, kind: 'worse', from: 'critical', to: 'critical', value: null, told: told(null) },
    { at: 40, kind: 'removed', from: 'critical', to: null, value: null, told: [] },
  ],
  messages: [
    { receiver: 'desk', at: 11, changes: ['firing'] },
    { receiver: 'desk', at: 35, changes: [] },
  ],
  acknowledgements: [
    { by: 'ada', via: 'slack', at: 15, until: 99, note: 'mine', endedAt: 20, endedBy: 'level' },
    { by: 'bob', via: 'api', at: 36, until: 99, note: null, endedAt: null, endedBy: null },
  ],
  notes: [{ alertId: 'a', by: 'ada', via: 'slack', at: 16, text: 'called' }],
};

it('tells an episode in order: what changed, who was told, who did something', () => {
  const print = { value: (value: number) => `${value * 100} %`, moment: (at: number) => `t${at}` };
  expect(timelineOf(story, print).map(({ at, text }) => `${at} ${text}`)).toEqual([
    '0 in breach, not long enough yet, value -1 %',
    '10 firing at warning, value -1 %',
    '11 told desk: firing',
    '15 acknowledged by ada (slack) until t99: mine',
    '16 ada: called',
    '20 warning → critical, value -3 %',
    '20 acknowledgement of ada ended: it got worse',
    '25 not told to desk: muted',
    '30 worse',
    '30 not told to desk yet',
    '35 reminded desk',
    '36 acknowledged by bob (api) until t99',
    '40 removed: its rule left the configuration',
  ]);
});
