import { describe, expect, it } from 'vitest';
import { headline } from '../../src/http/headline.ts';
import type { Status } from '../../src/model/status.ts';
import { NOW, alertOf, rowOf, ruleOf, sourceOf, statusOf } from './statuses.ts';

const watching = { sources: [sourceOf(), sourceOf()], rules: [ruleOf()] };
const unknown = { reason: 'stale', since: NOW - 60_000 };
const unjudged = rowOf({ verdict: 'unknown', reason: 'stale' });
const say = (parts: Partial<Status>): string => {
  const { mood, sentences } = headline(statusOf({ ...watching, ...parts }));
  return `${mood}: ${sentences.join(' ')}`;
};

describe('headline', () => {
  it('is calm only when everything is seen', () => {
    expect(say({})).toMatchInlineSnapshot(`"calm: Nothing fires. 2 sources fresh, 1 rule judged."`);
  });

  it('counts rules that have nothing to judge', () => {
    expect(say({ rules: [ruleOf(), ruleOf({ rows: [], idle: 'No series yet.' })] })).toMatchInlineSnapshot(
      `"calm: Nothing fires. 2 sources fresh, 1 rule judged, 1 with nothing to judge."`,
    );
  });

  it('is not calm while no rule has judged anything', () => {
    expect(say({ rules: [ruleOf({ rows: [] })] })).toMatchInlineSnapshot(
      `"blind: Nothing is known to fire. No rule has judged anything yet."`,
    );
  });

  it('names the worst level', () => {
    const alerts = [alertOf({ level: 'critical' }), alertOf({ level: 'warning' })];
    expect(say({ alerts })).toMatchInlineSnapshot(`"critical: 2 alerts fire, worst critical."`);
  });

  it('says one alert in the singular, and the level of a plain rule is none', () => {
    expect(say({ alerts: [alertOf({ level: 'info' })] })).toMatchInlineSnapshot(`"info: 1 alert fires, info."`);
    expect(say({ alerts: [alertOf({ level: null })] })).toMatchInlineSnapshot(`"warning: 1 alert fires."`);
  });

  it('says which alerts are only last known', () => {
    expect(say({ alerts: [alertOf({ unknown }), alertOf()] })).toMatchInlineSnapshot(
      `"critical: 2 alerts fire, worst critical; 1 last known only."`,
    );
    expect(say({ alerts: [alertOf({ unknown })] })).toMatchInlineSnapshot(
      `"critical: 1 alert fires, critical; last known only."`,
    );
  });

  it('mentions pending alerts', () => {
    expect(say({ alerts: [alertOf({ state: 'pending', level: null })] })).toMatchInlineSnapshot(
      `"calm: Nothing fires. 1 alert is pending. 2 sources fresh, 1 rule judged."`,
    );
  });

  it('is never calm while a source fails, and counts what cannot be judged', () => {
    const sources = [sourceOf({ health: 'failing' }), sourceOf({ health: 'stale' }), sourceOf()];
    const rules = [ruleOf({ rows: [unjudged] }), ruleOf({ rows: [unjudged, rowOf()] }), ruleOf()];
    expect(say({ sources, rules })).toMatchInlineSnapshot(
      `"blind: Nothing is known to fire. 2 sources are failing: 1 rule cannot be judged, 1 rule can be judged only in part."`,
    );
    expect(say({ sources })).toMatchInlineSnapshot(`"blind: Nothing is known to fire. 2 sources are failing."`);
    expect(say({ rules })).toMatchInlineSnapshot(
      `"blind: Nothing is known to fire. 1 rule cannot be judged, 1 rule can be judged only in part."`,
    );
  });

  it('says that a source was not read yet', () => {
    expect(say({ sources: [sourceOf({ health: 'waiting' })] })).toMatchInlineSnapshot(
      `"blind: Nothing is known to fire. 1 source has not been read yet."`,
    );
  });

  it('says that judging has stopped', () => {
    expect(say({ rules: [ruleOf({ judgedAt: NOW - 181_000 })] })).toMatchInlineSnapshot(
      `"blind: Nothing is known to fire. Judging has stopped for 1 rule."`,
    );
    expect(say({ rules: [ruleOf({ judgedAt: NOW - 179_000 })] })).toMatchInlineSnapshot(
      `"calm: Nothing fires. 2 sources fresh, 1 rule judged."`,
    );
  });

  it('says that nothing is watched', () => {
    expect(say({ rules: [], sources: [] })).toMatchInlineSnapshot(
      `"blind: Nothing is known to fire. Nothing is watched: no rule is loaded."`,
    );
  });

  it('names receivers that refuse messages', () => {
    const receivers = [
      { receiver: 'slack', dead: true, waiting: 2 },
      { receiver: 'email', dead: false, waiting: 0 },
    ];
    expect(say({ receivers, alerts: [alertOf()] })).toMatchInlineSnapshot(
      `"critical: 1 alert fires, critical. 1 receiver refuses messages: slack."`,
    );
  });
});
