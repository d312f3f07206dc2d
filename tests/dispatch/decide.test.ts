import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../src/dispatch/decide.ts';
import type { Deciding } from '../../src/dispatch/decide.ts';
import { alertId } from '../../src/model/alert.ts';
import type { Alert } from '../../src/model/alert.ts';
import type { InhibitRule } from '../../src/model/config.ts';
import type { Acknowledgement } from '../../src/model/mute.ts';
import type { Claim, ClaimMuting } from '../../src/model/claim.ts';
import { claimOf, firing, groupKey, hour, minute, node, noon, over, silenceOf, untold } from './world.ts';

const id = alertId(firing());
const believed = { [id]: 'warning' };
const silences = [silenceOf('asset=xusd')];
const ack: Acknowledgement = {
  ...{ alertId: id, rule: 'BelowNav', labels: { asset: 'xusd' }, by: 'ada', via: 'api' },
  ...{ at: noon, until: noon + hour, level: 'warning' },
};
const byLevel: InhibitRule = {
  source: [{ name: 'severity', op: '=', value: 'critical' }],
  target: [{ name: 'severity', op: '=', value: 'warning' }],
  equal: ['asset'],
};
const soon = noon + minute;

const decided = (claim: Claim, more: Partial<Deciding> = {}) =>
  decide(claim, { route: node(), inhibit: [], sources: [], now: soon, ...more });
const kinds = ({ claim }: ReturnType<typeof decide>) => claim?.untold.map(({ kind }) => kind);
const sent = { lastSentAt: noon };
const fired = () => claimOf([firing()], [untold('firing')]);
const escalated = (alerts: readonly Alert[], transitions: Claim['untold'], muting: Partial<ClaimMuting> = {}) => ({
  ...claimOf(alerts, transitions, muting),
  ...{ receiver: 'phone', groupKey: groupKey.replace(':', '+900s:') },
});

const entity = (index: number) => ({ asset: 'xusd', entity: `e${index}` });

describe('decide', () => {
  it('tells what fires and remembers that it was told', () => {
    const decision = decided(fired());
    expect(kinds(decision)).toEqual(['firing']);
    expect([...decision.beliefs]).toEqual([[id, 'warning']]);
  });

  it.each<[string, Partial<ClaimMuting>, Partial<Deciding>, number | undefined]>([
    ['a silence', { silences }, {}, noon + hour],
    ['an acknowledgement', { acknowledgements: [ack] }, {}, noon + hour],
    ['an inhibition', {}, { inhibit: [byLevel], sources: [firing({ rule: 'Other', level: 'critical' })] }, undefined],
    [
      'a mute time',
      {},
      { route: node({ muteTimes: [{ name: 'noon', periods: [{ times: [[720, 725]], location: 'UTC' }] }] }) },
      noon + 5 * minute,
    ],
    [
      'times it is not active in',
      {},
      { route: node({ activeTimes: [{ name: 'one', periods: [{ times: [[780, 840]], location: 'UTC' }] }] }) },
      noon + hour,
    ],
  ])('holds what fires under %s until that ends', (_title, muting, deciding, until) => {
    const claim = claimOf([firing()], [untold('firing')], muting);
    const decision = decided(claim, deciding);
    expect(decision).toMatchObject({ claim: undefined, held: [claim.untold[0]!.id] });
    expect(decision.until).toBe(until);
  });

  it('tells a resolve under a silence if the firing had been told', () => {
    const decision = decided(claimOf([over()], [untold('resolved')], { silences, believed, ...sent }));
    expect(kinds(decision)).toEqual(['resolved']);
    expect([...decision.beliefs]).toEqual([[id, null]]);
  });

  it('keeps on record what begins and ends under a silence, also once that is over', () => {
    for (const now of [soon, noon + 2 * hour]) {
      const claim = claimOf([over()], [untold('firing'), untold('resolved', { at: noon + 1 })], { silences });
      const decision = decided(claim, { now });
      expect(decision.claim).toBeUndefined();
      expect([...decision.kept.values()]).toEqual(['muted', 'muted']);
    }
  });

  it('tells what is over already if any of it was not silenced', () => {
    for (const [startsAt, endsAt] of [
      [noon + 1, noon + hour],
      [noon - hour, noon + 1],
    ]) {
      const partly = [silenceOf('asset=xusd', { startsAt: startsAt!, endsAt: endsAt! })];
      const breach = [untold('firing'), untold('resolved', { at: noon + 2 })];
      expect(kinds(decided(claimOf([over()], breach, { silences: partly })))).toEqual(['firing', 'resolved']);
    }
  });

  it('tells a breach shorter than group_wait', () => {
    const breach = [untold('firing'), untold('resolved', { at: noon + 1000 })];
    expect(kinds(decided(claimOf([over()], breach)))).toEqual(['firing', 'resolved']);
  });

  it('tells at the end of a mute what still fires, without what was over under it', () => {
    const past = [untold('firing'), untold('resolved', { at: noon + 1 })];
    const now = noon + 2 * hour;
    const claim = claimOf([firing()], [...past, untold('firing', { at: noon + 2 })], { silences });
    const decision = decided(claim, { now });
    expect(kinds(decision)).toEqual(['firing']);
    expect([...decision.kept.keys()]).toEqual(past.map((each) => each.id));
  });

  it('does not tell again at the end of a mute what had been told, before its reminder is due', () => {
    const claim = claimOf([firing()], [], { believed, lastSentAt: noon });
    expect(decided(claim).claim).toBeUndefined();
    expect(decided(claim, { now: noon + 4 * hour }).claim).toMatchObject({ untold: [], alerts: [firing()] });
  });

  it('sends no reminder for what is muted', () => {
    const claim = claimOf([firing()], [], { believed, lastSentAt: noon - 4 * hour, silences });
    expect(decided(claim)).toMatchObject({ claim: undefined, until: noon + hour });
  });

  it('lists what is muted but known to fire in a message that others need, and leaves out what is muted and unknown', () => {
    const other = firing({ rule: 'Other' });
    const [one, two] = [untold('firing', { rule: 'Other' }), untold('level', { from: 'info' })];
    const only = { silences: [silenceOf('alertname=BelowNav')] };
    const known = decided(claimOf([firing(), other], [one, two], { ...only, believed: { [id]: 'info' } }));
    expect(known.claim).toMatchObject({ alerts: [other], unchanged: [firing()], untold: [one] });
    expect(known.held).toEqual([two.id]);
    expect(known.beliefs.has(id)).toBe(false);
    const unknown = decided(claimOf([firing(), other], [one, two], only));
    expect(unknown.claim).toMatchObject({ alerts: [other], untold: [one] });
  });

  it('speaks of what changed, counts what its receiver knows, and recalls that once its repeat_interval has passed', () => {
    const other = firing({ rule: 'Other' });
    const [wasNew, lastSentAt] = [untold('firing', { rule: 'Other' }), noon + 3 * hour];
    const claim = claimOf([firing(), other], [wasNew], { believed, lastSentAt, spokenAt: { [id]: noon } });
    const early = decided(claim, { now: noon + 4 * hour - 1 });
    expect(early.claim).toMatchObject({ alerts: [other], unchanged: [firing()], untold: [wasNew] });
    expect([...early.beliefs.keys()]).toEqual([alertId(other)]);
    const late = decided(claim, { now: noon + 4 * hour });
    expect(late.claim).toMatchObject({ alerts: [firing(), other], unchanged: [] });
    expect([...late.beliefs.keys()]).toEqual([id, alertId(other)]);
  });

  it('tells a critical alert that resolves and the warning it inhibited in one message', () => {
    const warning = firing({ rule: 'Other' });
    const claim = claimOf([over(), warning], [untold('resolved'), untold('firing', { rule: 'Other' })], { believed });
    expect(kinds(decided(claim, { inhibit: [byLevel] }))).toEqual(['resolved', 'firing']);
  });

  it('waits a moment for what may inhibit an alert of the same event', () => {
    const inhibit = [byLevel];
    expect(decided(fired(), { inhibit, now: noon + 20 })).toMatchObject({ claim: undefined, until: noon + 500 });
    expect(kinds(decided(fired(), { inhibit, now: noon + 500 }))).toEqual(['firing']);
  });

  it('does not ring for an alert that resolved and fired again, and tells of it with the next message', () => {
    const flap = [untold('resolved'), untold('firing')];
    const decision = decided(claimOf([firing()], flap, { believed, ...sent }));
    expect(decision).toMatchObject({ claim: undefined, held: flap.map((each) => each.id) });
    expect(kinds(decided(claimOf([firing()], flap, { believed, ...sent }), { now: noon + 4 * hour }))).toEqual([
      'resolved',
      'firing',
    ]);
    const other = claimOf([firing(), firing({ rule: 'Other' })], [...flap, untold('firing', { rule: 'Other' })], {
      believed,
      ...sent,
    });
    expect(kinds(decided(other))).toEqual(['resolved', 'firing', 'firing']);
  });

  it('rings for an excursion to a worse level, and for another step', () => {
    const peak = [
      untold('level', { from: 'warning', to: 'critical' }),
      untold('level', { from: 'critical', to: 'warning' }),
    ];
    expect(kinds(decided(claimOf([firing()], peak, { believed, ...sent })))).toEqual(['level', 'level']);
    expect(kinds(decided(claimOf([firing()], [untold('worse')], { believed, ...sent })))).toEqual(['worse']);
  });

  describe('an escalation', () => {
    const route = node({ escalate: [{ after: 15 * minute, receivers: ['phone'] }] });

    it('is told when its time has come', () => {
      const claim = escalated([firing()], [untold('firing')]);
      expect(decided(claim, { route })).toMatchObject({ claim: undefined, until: noon + 15 * minute });
      expect(kinds(decided(claim, { route, now: noon + 15 * minute }))).toEqual(['firing']);
    });

    it('is not told once somebody has acknowledged', () => {
      const claim = escalated([firing()], [untold('firing')], { acknowledgements: [ack] });
      expect(decided(claim, { route, now: noon + 15 * minute }).claim).toBeUndefined();
    });

    it('that never came due is kept on record, one that was told hears of the end', () => {
      const breach = [untold('firing'), untold('resolved')];
      expect(decided(escalated([over()], breach), { route }).kept.size).toBe(2);
      expect(kinds(decided(escalated([over()], breach, { believed }), { route }))).toEqual(['firing', 'resolved']);
    });
  });

  it('tells a receiver that an alert it knows has moved, and nothing more of it', () => {
    const route = node({ routes: [node({ receivers: ['phone'], matchers: byLevel.source })] });
    const critical = firing({ level: 'critical' });
    const moved = [untold('level', { from: 'warning', to: 'critical' })];
    const decision = decided(claimOf([critical], moved, { believed, ...sent }), { route });
    expect(kinds(decision)).toEqual(['level']);
    expect([...decision.beliefs]).toEqual([[id, null]]);
    expect(decided(claimOf([critical], moved, sent), { route }).kept.size).toBe(1);
  });
});

describe('decide, whatever happened', () => {
  const rules = ['A', 'B', 'C'];
  const level = fc.constantFrom('info', 'warning', 'critical' as const);
  const scene = fc.record({
    now: fc.integer({ min: 0, max: 300 }).map((minutes) => noon + minutes * minute),
    lastSentAt: fc.option(fc.constant(noon), { nil: undefined }),
    alerts: fc.tuple(
      ...rules.map((rule) =>
        fc.record({
          rule: fc.constant(rule),
          fires: fc.boolean(),
          level,
          believed: fc.option(level, { nil: undefined }),
          tried: fc.boolean(),
          flips: fc.integer({ min: 0, max: 4 }),
        }),
      ),
    ),
    silences: fc.array(
      fc.record({
        matcher: fc.constantFrom('alertname=A', 'alertname=B', 'severity=warning', 'asset=xusd', 'asset=other'),
        from: fc.oneof(fc.constant(-10), fc.integer({ min: -10, max: 300 })),
        minutes: fc.integer({ min: 1, max: 300 }),
      }),
      { maxLength: 3 },
    ),
    acked: fc.subarray(rules),
  });

  it('tells, holds or keeps each transition, never tells of what fires muted, and always tells ends of what was told', () => {
    fc.assert(
      fc.property(scene, ({ now, lastSentAt, alerts, silences: drawn, acked }) => {
        const made = alerts.map((each) =>
          (each.fires ? firing : over)({ rule: each.rule, ...(each.fires && { level: each.level }) }),
        );
        const transitions = alerts.flatMap(({ rule, fires, level: to, flips }) =>
          Array.from({ length: flips }, (_, n) => {
            const isFiring = (flips - n) % 2 === (fires ? 1 : 0);
            return untold(isFiring ? 'firing' : 'resolved', {
              rule,
              at: noon + n * minute,
              ...(isFiring ? { to } : { from: to, to: null }),
            });
          }),
        );
        const beliefs = Object.fromEntries(
          alerts.flatMap((each, n) => (each.believed ? [[alertId(made[n]!), each.believed]] : [])),
        );
        const muting: ClaimMuting = {
          wakes: 0,
          believed: beliefs,
          spokenAt: {},
          tried: alerts.flatMap((each, n) => (each.tried ? [alertId(made[n]!)] : [])),
          ...(lastSentAt !== undefined && { lastSentAt }),
          silences: drawn.map(({ matcher, from, minutes }) =>
            silenceOf(matcher, { startsAt: noon + from * minute, endsAt: noon + (from + minutes) * minute }),
          ),
          acknowledgements: acked.map((rule) => ({
            ...ack,
            until: noon + 9 * hour,
            alertId: alertId({ rule, labels: { asset: 'xusd' } }),
          })),
        };
        const { claim, held, kept, beliefs: after } = decided(claimOf(made, transitions, muting), { now });
        const told = claim?.untold.map((each) => each.id) ?? [];
        expect([...told, ...held, ...kept.keys()].toSorted((a, b) => a - b)).toEqual(
          transitions.map((each) => each.id),
        );
        for (const [n, alert] of made.entries()) {
          const own = transitions.filter(({ rule }) => rule === alert.rule).map((each) => each.id);
          const before = beliefs[alertId(alert)];
          const isSilenced = muting.silences.some(
            ({ startsAt, endsAt, matchers: [matcher] }) =>
              startsAt <= now &&
              now < endsAt &&
              [`alertname=${alert.rule}`, `severity=${alert.level}`, 'asset=xusd'].includes(
                `${matcher!.name}=${matcher!.value}`,
              ),
          );
          const isMuted = alerts[n]!.fires && (isSilenced || acked.includes(alert.rule));
          if (isMuted) expect(own.filter((each) => told.includes(each))).toEqual([]);
          if (isMuted && before === undefined) expect(claim?.alerts ?? []).not.toContain(alert);
          if (alerts[n]!.fires && !isMuted && before === undefined) expect(after.get(alertId(alert))).toBe(alert.level);
          if (!alerts[n]!.fires && (before !== undefined || alerts[n]!.tried) && own.length > 0)
            expect(own.every((each) => told.includes(each))).toBe(true);
          if (alerts[n]!.fires && before !== undefined && claim)
            expect([...claim.alerts, ...claim.unchanged!].filter((each) => each === alert)).toHaveLength(1);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('decides of what was claimed ahead as of every other claim, in and out of a mute time', () => {
    const noonish = [{ name: 'noon', periods: [{ times: [[720, 725] as const], location: 'UTC' }] }];
    const told = fc.uniqueArray(fc.tuple(fc.nat(), fc.option(level)), { selector: ([number]) => number, minLength: 1 });
    fc.assert(
      fc.property(told, fc.boolean(), fc.constantFrom(soon, noon + hour), (all, isMuted, now) => {
        const { muting: _none, ...claim } = claimOf(
          all.map(([, at], index) => firing({ labels: entity(index), level: at })),
          all.map(([number, to], index) => ({ ...untold('firing', { labels: entity(index), to }), id: number })),
        );
        const deciding = { route: node(isMuted ? { muteTimes: noonish } : {}), now };
        const { claim: said, ...rest } = decided({ ...claim, ahead: true }, deciding);
        const { claim: expected, ...others } = decided(claim, deciding);
        expect(rest).toEqual(others);
        expect(said).toEqual(expected && { ...expected, ahead: true });
      }),
    );
  });
});
