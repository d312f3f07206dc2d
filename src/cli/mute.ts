import { userInfo } from 'node:os';
import { parseMatchers } from '../config/matcher.ts';
import { inhibitor } from '../dispatch/inhibit.ts';
import { matchesAll } from '../dispatch/match.ts';
import { shownLabels } from '../dispatch/shown.ts';
import { timeMute } from '../dispatch/mute.ts';
import { alertId } from '../model/alert.ts';
import type { Config, Route } from '../model/config.ts';
import { parseDuration } from '../model/duration.ts';
import { printLabels } from '../model/labels.ts';
import type { Matcher } from '../model/labels.ts';
import type { Act } from '../model/mute.ts';
import type { Store } from '../model/store.ts';
import { readConfiguration } from './configuration.ts';
import type { Choices } from './configuration.ts';
import type { Output } from './output.ts';
import { openExisting } from './storeOf.ts';

export interface MuteChoices extends Choices {
  /** A duration such as `2h`. */
  readonly for?: string;
  readonly comment?: string;
  readonly by?: string;
}

/** What a command does with a worker's store. Returns the exit code. */
type Work = (asked: {
  readonly store: Store;
  readonly config: Config;
  readonly act: Act;
  readonly say: Say;
}) => Promise<number>;
type Say = (line: string) => void;

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

/** `tocsin muted`: everything that nobody is told of now, with until when and by whom. */
export async function listMuted(choices: Choices, output: Output): Promise<number> {
  return onStore(choices, output, async ({ store, config, act, say }) => {
    for (const { id, matchers, startsAt, endsAt, createdBy, comment } of await store.silences(act.at)) {
      if (endsAt <= act.at) continue;
      const from = startsAt > act.at ? `from ${time(startsAt)} ` : '';
      say(
        `silence ${id} ${printMatchers(matchers)} ${from}until ${time(endsAt)} by ${createdBy}${comment && `: ${comment}`}`,
      );
    }
    for (const { rule, labels, until, by, note } of await store.acknowledgements(act.at))
      say(`ack ${rule} ${printLabels(labels)} until ${time(until)} by ${by}${note === undefined ? '' : `: ${note}`}`);
    const firing = config.inhibit === undefined ? [] : await store.firingLike([{}]);
    for (const alert of firing) {
      const source = inhibitor(alert, firing, config.inhibit ?? []);
      if (source) say(`inhibited ${printLabels(shownLabels(alert))} while ${source.rule} fires`);
    }
    for (const [path, name] of quietRoutes(config.route, act.at)) say(`mute time ${name} on route ${path}`);
    return 0;
  });
}

function quietRoutes(route: Route, at: number, path = ''): readonly (readonly [string, string])[] {
  const here = `${path}{${printMatchers(route.matchers)}}`;
  const name = timeMute(route, at);
  return [
    ...(name === undefined ? [] : [[here, name] as const]),
    ...route.routes.flatMap((child) => quietRoutes(child, at, here)),
  ];
}

async function onStore(choices: MuteChoices, { stdout, stderr }: Output, work: Work): Promise<number> {
  const { settings } = readConfiguration(choices);
  const opened = await openExisting(settings);
  if (opened === undefined) {
    stderr.write(`No worker has run on "${settings.data}" yet.\n`);
    return 1;
  }
  try {
    const act = { by: choices.by ?? userInfo().username, via: 'cli', at: Date.now() };
    return await work({ store: opened.store, config: settings, act, say: (line) => void stdout.write(`${line}\n`) });
  } finally {
    await opened.close();
  }
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

function printMatchers(matchers: readonly Matcher[]): string {
  return matchers.map(({ name, op, value }) => `${name}${op}${JSON.stringify(value)}`).join(', ');
}

function time(at: number): string {
  return new Date(at).toISOString().replace('.000Z', 'Z');
}
