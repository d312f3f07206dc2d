import { unitHint } from '../dispatch/render-threshold.ts';
import { printValue } from '../dispatch/render-value.ts';
import { timelineOf } from '../dispatch/timeline.ts';
import type { Episode } from '../model/digest.ts';
import { parseDuration, roughDuration } from '../model/duration.ts';
import { printLabels } from '../model/labels.ts';
import type { AlertRule } from '../model/rule.ts';
import type { Story } from '../model/story.ts';
import { printMoment } from '../notifiers/moment.ts';
import type { Choices, Configuration } from './configuration.ts';
import { onStore } from './onStore.ts';
import type { Output } from './output.ts';

export interface EpisodeChoices extends Choices {
  readonly json?: true;
  /** A duration such as `7d`. */
  readonly last?: string;
}

const WEEK = 7 * 86_400_000;
/** Episodes in a list. */
const MOST = 1000;

/** `tocsin episode [ID]`: how one alert went, or which there were lately. */
export async function showEpisode(id: string | undefined, choices: EpisodeChoices, output: Output): Promise<number> {
  return onStore(choices, output, async ({ store, configuration, config, act, say }) => {
    if (id === undefined) {
      const episodes = await store.episodes(act.at - (parseDuration(choices.last ?? '') ?? WEEK), MOST);
      if (choices.json) say(JSON.stringify(episodes));
      else for (const episode of episodes) say(episodeLine(episode, config.timezone));
      return 0;
    }
    const story = await store.story(id);
    if (story === undefined) {
      say(`There never was an alert "${id}"; tocsin episode lists those of the last days, with their ids.`);
      return 1;
    }
    if (choices.json) say(JSON.stringify(story));
    else for (const line of linesOf(story, ruleOf(story.rule, configuration, act.at), config.timezone)) say(line);
    return 0;
  });
}

function episodeLine({ alertId, rule, labels, level, firedAt, endedAt }: Episode, timezone: string): string {
  const end = endedAt === undefined ? 'fires still' : `for ${roughDuration(endedAt - firedAt)}`;
  return `${alertId} ${rule} ${printLabels(labels)} ${level ?? 'firing'} since ${printMoment(firedAt, timezone)}, ${end}`;
}

/** What is known of its unit; a rule that has left the configuration has none. */
function ruleOf(name: string, { loadRules, files }: Configuration, now: number): AlertRule | undefined {
  const rules = loadRules(files, now).rules.groups.flatMap((group) => group.rules);
  return rules.find((rule): rule is AlertRule => 'alert' in rule && rule.alert === name);
}

function linesOf(story: Story, rule: AlertRule | undefined, timezone: string): readonly string[] {
  const moment = (at: number) => printMoment(at, timezone);
  const value = (number: number) => printValue(number, rule && unitHint(rule));
  const { startedAt, endedAt, how, peak, peakAt } = story;
  return [
    `${story.rule} ${printLabels(story.labels)}`,
    `since ${moment(startedAt)}${endedAt === undefined ? '' : `, ${how ?? 'over'} after ${roughDuration(endedAt - startedAt)}`}`,
    ...(peak === undefined ? [] : [`worst ${value(peak)}${peakAt === undefined ? '' : ` at ${moment(peakAt)}`}`]),
    ...timelineOf(story, { value, moment }).map(({ at, text }) => `${moment(at)}  ${text}`),
  ];
}
