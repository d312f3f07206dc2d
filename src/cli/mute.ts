import { parseMatchers } from '../config/matcher.ts';
import { matchesAll } from '../dispatch/match.ts';
import { shownLabels } from '../dispatch/shown.ts';
import { alertId } from '../model/alert.ts';
import { parseDuration } from '../model/duration.ts';
import { printLabels } from '../model/labels.ts';
import type { Matcher } from '../model/labels.ts';
import type { Choices } from './configuration.ts';
import { onStore } from './onStore.ts';
import type { Say } from './onStore.ts';
import type { Output } from './output.ts';

export interface MuteChoices extends Choices {
  /** A duration such as `2h`. */
  readonly for?: string;
  readonly comment?: string;
  readonly by?: string;
}

/** `tocsin silence add`: nobody is told of what matches. */
export async function addSilence(texts: readonly string[], choices: MuteChoices, output: Output): Promise<number> {
  return onStore(choices, output, async ({ store, act, say }) => {
    const matchers = readMatchers(texts);
    const ms = lasting(choices.for ?? '1h');
    if (typeof matchers === 'string' || ms === undefined)
      return refuse(
        say,
        typeof matchers === 'string' ? matchers : `found "${choices.for}"; expected a duration such as 2h`,
      );
    if (matchersMatchAll(matchers)) return refuse(say, 'expected a matcher that does not match every alert');
    const times = { startsAt: act.at, endsAt: act.at + ms };
    say(await store.addSilence({ matchers, ...times, createdBy: act.by, comment: choices.comment ?? '' }, act));
    return 0;
  });
}

/** `tocsin silence expire`: ends silences now. */
export async function expireSilences(ids: readonly string[], choices: MuteChoices, output: Output): Promise<number> {
  return onStore(choices, output, async ({ store, act, say }) => {
    const ended = await Promise.all(ids.map(async (id) => store.expireSilence(id, act)));
    const missing = ids.filter((_, index) => ended[index] !== true);
    for (const id of missing) say(`There is no silence "${id}" that has not ended; tocsin muted lists them.`);
    return missing.length === 0 ? 0 : 1;
  });
}

/** `tocsin ack`: acknowledges the firing alerts that match. */
export async function acknowledge(texts: readonly string[], choices: MuteChoices, output: Output): Promise<number> {
  return onStore(choices, output, async ({ store, config, act, say }) => {
    const matchers = readMatchers(texts);
    const ms = choices.for === undefined ? config.unackAfter : lasting(choices.for);
    if (typeof matchers === 'string' || ms === undefined)
      return refuse(
        say,
        typeof matchers === 'string' ? matchers : `found "${choices.for}"; expected a duration such as 2h`,
      );
    const alerts = (await store.firingLike([{}])).filter((alert) => matchesAll(matchers, shownLabels(alert)));
    const note = choices.comment === undefined ? {} : { note: choices.comment };
    await store.acknowledge({ alertIds: alerts.map(alertId), until: act.at + ms, ...note }, act);
    for (const alert of alerts) say(printLabels(shownLabels(alert)));
    return alerts.length > 0 ? 0 : refuse(say, 'No firing alert matches.');
  });
}

function readMatchers(texts: readonly string[]): readonly Matcher[] | string {
  const matchers: Matcher[] = [];
  for (const text of texts) {
    const parsed = parseMatchers(text);
    if (typeof parsed === 'string') return parsed;
    matchers.push(...parsed);
  }
  return matchers;
}

function matchersMatchAll(matchers: readonly Matcher[]): boolean {
  return matchesAll(matchers, {});
}

function lasting(text: string): number | undefined {
  const ms = parseDuration(text);
  return ms !== undefined && ms > 0 ? ms : undefined;
}

function refuse(say: Say, message: string): number {
  say(message);
  return 1;
}
