import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advance, remove } from '../../src/alerts/advance.ts';
import type { Alert, AlertSpec } from '../../src/model/alert.ts';
import type { LevelName } from '../../src/model/rule.ts';
import type { Verdict } from '../../src/model/verdict.ts';

const MINUTE = 60_000;
const START = Date.UTC(2025, 10, 3);
const labels = { asset: 'xusd' };

const plain = (wait: number, keep: number): AlertSpec => ({
  rule: 'R',
  steps: [{ name: '', for: wait * MINUTE }],
  keepFiringFor: keep * MINUTE,
  worse: 'up',
});

/** `!` breached, `.` ok, `?` unknown; for levels `w` and `c` hold that level (c holds both), `-` is between clear and threshold. */
function verdictOf(mark: string, levels: boolean): Verdict {
  const common = { labels, maxAge: 3 * MINUTE };
  if (mark === '?') return { ...common, status: 'unknown', reason: 'stale' };
  if (!levels) return { ...common, status: mark === '!' ? 'breached' : 'ok', value: 1, holds: [], clears: [] };
  const holds: LevelName[] = mark === 'c' ? ['warning', 'critical'] : mark === 'w' ? ['warning'] : [];
  const clears: LevelName[] = { c: [], w: ['critical'], '-': ['critical'], '.': ['warning', 'critical'] }[
    mark
  ] as LevelName[];
  return { ...common, status: holds.length > 0 ? 'breached' : 'ok', value: 'c-w.'.indexOf(mark), holds, clears };
}

interface Played {
  readonly states: string;
  readonly told: readonly string[];
  readonly alert: Alert | undefined;
}

/** One mark a minute; states are i, p, f (or W, C for levels). */
function play(spec: AlertSpec, script: string): Played {
  let alert: Alert | undefined;
  let states = '';
  const told: string[] = [];
  for (const [minute, mark] of [...script].entries()) {
    if (mark === ' ') {
      states += ' ';
      continue;
    }
    const result = advance(alert, verdictOf(mark, spec.steps[0]?.name !== ''), spec, START + minute * MINUTE);
    alert = result.alert;
    if (result.transition) told.push(`${minute} ${result.transition.kind}`);
    states += alert.state === 'firing' ? (alert.level?.[0]?.toUpperCase() ?? 'f') : alert.state[0];
  }
  return { states, told, alert };
}

describe('advance, a plain rule', () => {
  it.each([
    ['fires at once without for', 0, 0, '.!!.', 'iffi'],
    ['waits for `for`', 2, 0, '.!!!.', 'ippfi'],
    ['a breach shorter than for never fires', 3, 0, '.!!.!!.', 'ippippi'],
    ['unknown neither fires nor resolves', 0, 0, '!???.', 'ffffi'],
    ['unknown does not count towards for beyond twice max_age', 8, 0, '!?????????????!!!.', 'ppppppppppppppppfi'],
    ['unknown within twice max_age counts', 4, 0, '!???!', 'ppppf'],
    ['a pause of the evaluator counts like unknown', 8, 0, '!             !', 'p             p'],
    ['keep_firing_for rides out a flap', 0, 2, '!.!...', 'fffffi'],
    ['keep_firing_for needs known recovery', 0, 2, '!.????', 'ffffff'],
    ['unknown first, then breach', 0, 0, '??!', 'iif'],
  ])('%s', (_title, wait, keep, script, states) => {
    expect(play(plain(wait, keep), script).states).toBe(states);
  });

  it('tells firing and resolved once each', () => {
    expect(play(plain(1, 0), '.!!!?!..').told).toEqual(['1 pending', '2 firing', '6 resolved']);
  });

  it('tells a pending that passed as cancelled', () => {
    expect(play(plain(5, 0), '.!.').told).toEqual(['1 pending', '2 cancelled']);
  });

  it('says when the start was not seen', () => {
    expect(play(plain(0, 0), '!').alert).toMatchObject({ startUnseen: true, activeAt: START });
    expect(play(plain(0, 0), '?!').alert).toMatchObject({ startUnseen: true });
    expect(play(plain(0, 0), '.!').alert).toMatchObject({ startUnseen: false });
    expect(play(plain(0, 0), '!.!').alert).toMatchObject({ startUnseen: false, activeAt: START + 2 * MINUTE });
  });

  it('marks an alert whose inputs are stale and keeps it firing', () => {
    const { alert } = play(plain(0, 0), '.!??');
    expect(alert).toMatchObject({ state: 'firing', unknown: { reason: 'stale', since: START + 2 * MINUTE } });
    expect(play(plain(0, 0), '.!??!').alert?.unknown).toBeUndefined();
  });

  it('does not change an inactive alert that stays ok, so that nothing is stored', () => {
    const first = advance(undefined, verdictOf('.', false), plain(0, 0), START).alert;
    expect(advance(first, verdictOf('.', false), plain(0, 0), START + MINUTE).alert).toEqual(first);
  });
});

const levels = (warning: number, critical: number, keep = 0): AlertSpec => ({
  rule: 'R',
  steps: [
    { name: 'warning', for: warning * MINUTE },
    { name: 'critical', for: critical * MINUTE },
  ],
  keepFiringFor: keep * MINUTE,
  worse: 'up',
});

describe('advance, levels', () => {
  it.each([
    ['each level has its own pending clock', levels(1, 3), '.ccccc', 'ipWWCC'],
    ['critical may come first', levels(5, 1), '.cccccc', 'ipCCCCC'],
    ['leaves a level at its clear for the lower one that holds, without a new for', levels(9, 1), '.ccw', 'ipCW'],
    ['resolves when no lower level holds', levels(0, 0), '.c-', 'iCi'],
    ['stays between clear and threshold', levels(0, 9), '.w-w.', 'iWWWi'],
    ['keep_firing_for delays every step down', levels(0, 0, 2), '.cwwww....', 'iCCCWWWWii'],
    ['unknown holds the level', levels(0, 0), '.c??w', 'iCCCW'],
  ])('%s', (_title, spec, script, states) => {
    expect(play(spec, script).states).toBe(states);
  });

  it('tells each change of level', () => {
    expect(play(levels(0, 2), '.wcccw.').told).toEqual(['1 firing', '4 level', '5 level', '6 resolved']);
  });

  it('keeps the peak of the whole episode', () => {
    const { alert } = play({ ...levels(0, 0), worse: 'down' }, '.wcw');
    expect(alert).toMatchObject({ peak: 0, peakAt: START + 2 * MINUTE });
  });

  it('gives the deadline at which for or keep_firing_for will have passed', () => {
    const { alert, deadline } = advance(undefined, verdictOf('c', true), levels(3, 5), START);
    expect(deadline).toBe(START + 3 * MINUTE);
    expect(advance(alert, verdictOf('c', true), levels(3, 5), START + 2 * MINUTE).deadline).toBe(START + 3 * MINUTE);
  });
});

/** A critical level below -2 % with a step of 5 %, and one value (in percent) a minute: what is told, with the value. */
const toldOf = (values: readonly number[], step = 0.05): readonly string[] => {
  const spec: AlertSpec = {
    ...{ rule: 'R', keepFiringFor: 0, worse: 'down', step },
    steps: [
      { name: 'warning', for: 0, threshold: -0.005 },
      { name: 'critical', for: MINUTE, threshold: -0.02 },
    ],
  };
  let alert: Alert | undefined;
  return values.flatMap((percent, minute) => {
    const value = percent / 100;
    const holds: LevelName[] = value < -0.02 ? ['warning', 'critical'] : value < -0.005 ? ['warning'] : [];
    const clears: LevelName[] = (['warning', 'critical'] as const).filter((name) => !holds.includes(name));
    const status = holds.length > 0 ? 'breached' : 'ok';
    const verdict: Verdict = { labels, maxAge: 3 * MINUTE, status, value, holds, clears };
    const { transition, ...next } = advance(alert, verdict, spec, START + minute * MINUTE);
    alert = next.alert;
    return transition ? [`${transition.kind} ${percent}`] : [];
  });
};

describe('advance, the value of an end', () => {
  it.each([
    ['is the one that ended it, beside the peak', -0.007, { value: -0.007, peak: -0.05 }],
    ['is the last one known where the recovery yields none', undefined, { value: -0.05, peak: -0.05 }],
  ])('%s', (_title, value, expected) => {
    const spec: AlertSpec = { ...plain(0, 0), worse: 'down' };
    const known = { labels, maxAge: 3 * MINUTE, holds: [], clears: [] };
    const { alert } = advance(undefined, { ...known, status: 'breached', value: -0.05 }, spec, START);
    const recovered: Verdict = { ...known, status: 'ok', ...(value !== undefined && { value }) };
    const { transition } = advance(alert, recovered, spec, START + MINUTE);
    expect(transition).toMatchObject({ kind: 'resolved', ...expected });
  });
});

describe('advance, step', () => {
  it.each<[string, readonly number[], readonly string[]]>([
    ['each further step is told once', [-3, -3, -6.9, -7, -7.1, -11.9, -12], ['level -3', 'worse -7', 'worse -12']],
    ['several steps at once are one telling', [-3, -3, -40, -41], ['level -3', 'worse -40']],
    ['coming back to where it was is not worse', [-3, -3, -8, -3, -8, -11.9], ['level -3', 'worse -8']],
    ['the level told at its beginning counts', [-30, -30, -31, -32], ['level -30', 'worse -32']],
    ['a new episode begins anew', [-3, -3, -8, 0, -8, -8], ['level -3', 'worse -8', 'resolved 0', 'level -8']],
    ['a step down is a change of level alone', [-3, -3, -8, -1, -1.5], ['level -3', 'worse -8', 'level -1']],
  ])('%s', (_title, values, expected) => {
    expect(toldOf([0, ...values]).filter((line) => !line.startsWith('firing'))).toEqual(expected);
  });

  it('tells no more than the distance holds steps, whatever the way', () => {
    const path = fc.array(fc.double({ min: -90, max: 5, noNaN: true }), { maxLength: 30 });
    fc.assert(
      fc.property(path, fc.integer({ min: 1, max: 20 }), (values, step) => {
        const episodes = toldOf(values, step / 100)
          .join('\n')
          .split('resolved');
        const most = Math.floor((Math.max(0, ...values.map((value) => -value)) - 0.5) / step + 1e-6);
        for (const episode of episodes)
          expect((episode.match(/worse/g) ?? []).length).toBeLessThanOrEqual(Math.max(0, 2 * most));
      }),
    );
  });
});

const one = (name: 'warning' | 'critical') => ({ ...levels(0, 0), steps: [{ name, for: 5 * MINUTE }] });
const fired = (script: string) => play(levels(0, 0), script).alert!;

describe('advance, after an edit of the rule', () => {
  it('goes on firing at the nearest level below the one that is gone', () => {
    const { alert, transition } = advance(fired('c'), verdictOf('c', true), one('warning'), START + MINUTE);
    expect(alert).toMatchObject({ state: 'firing', level: 'warning', activeAt: START });
    expect(transition).toMatchObject({ kind: 'level', from: 'critical', to: 'warning' });
  });

  it('goes on at the lowest level there is when none is below', () => {
    expect(advance(fired('w'), verdictOf('c', true), one('critical'), START + MINUTE).alert).toMatchObject({
      state: 'firing',
      level: 'critical',
    });
  });

  it('goes on firing when levels are added to a plain rule or taken away', () => {
    const before = play(plain(0, 0), '!').alert!;
    expect(advance(before, verdictOf('w', true), levels(0, 9), START + MINUTE).alert).toMatchObject({
      state: 'firing',
      level: 'warning',
    });
    expect(advance(fired('w'), verdictOf('!', false), plain(9, 0), START + MINUTE).alert).toMatchObject({
      state: 'firing',
      level: null,
    });
  });
});

describe('advance, any script', () => {
  const script = fc.string({ unit: fc.constantFrom('!', '.', '?'), maxLength: 40 });

  it('never skips pending when for is above zero', () => {
    fc.assert(
      fc.property(script, fc.integer({ min: 1, max: 5 }), fc.nat({ max: 5 }), (marks, wait, keep) => {
        expect(play(plain(wait, keep), marks).states).not.toMatch(/(^|i)f/);
      }),
    );
  });

  it('never changes state on unknown', () => {
    fc.assert(
      fc.property(script, fc.nat({ max: 3 }), fc.nat({ max: 3 }), (marks, wait, keep) => {
        const { states } = play(plain(wait, keep), marks);
        for (const [i, mark] of [...marks].entries())
          if (mark === '?') expect(states[i]).toBe(i === 0 ? 'i' : states[i - 1]);
      }),
    );
  });

  it('tells firing and resolved in turn', () => {
    fc.assert(
      fc.property(script, fc.nat({ max: 3 }), fc.nat({ max: 3 }), (marks, wait, keep) => {
        const kinds = play(plain(wait, keep), marks).told.map((line) => line.split(' ')[1]);
        const told = kinds.filter((kind) => kind === 'firing' || kind === 'resolved');
        expect(told).toEqual(told.map((_, index) => (index % 2 === 0 ? 'firing' : 'resolved')));
      }),
    );
  });
});

describe('remove', () => {
  it('ends a firing alert as removed and a pending one as cancelled', () => {
    expect(remove(play(plain(0, 0), '.!').alert!, START)?.kind).toBe('removed');
    expect(remove(play(plain(5, 0), '.!').alert!, START)?.kind).toBe('cancelled');
    expect(remove(play(plain(0, 0), '.').alert!, START)).toBeUndefined();
  });
});
