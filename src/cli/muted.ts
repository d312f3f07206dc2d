import { timeMute } from '../dispatch/mute.ts';
import { gatherMuted } from '../http/gatherMuted.ts';
import type { Route } from '../model/config.ts';
import { printLabels } from '../model/labels.ts';
import type { Matcher } from '../model/labels.ts';
import type { Silence } from '../model/mute.ts';
import type { MutedStatus } from '../model/status.ts';
import type { Choices } from './configuration.ts';
import { onStore } from './onStore.ts';
import type { Output } from './output.ts';

/** `tocsin muted`: everything that nobody is told of now, with until when and by whom. */
export async function listMuted(choices: Choices, output: Output): Promise<number> {
  return onStore(choices, output, async ({ store, configuration, config, act, say }) => {
    const { disabled = [] } = configuration.loadRules(configuration.files, act.at).rules;
    const firing = await store.firingLike([{}]);
    for (const muted of await gatherMuted(firing, act.at, { store, config, disabled })) say(mutedLine(muted));
    for (const [path, name] of quietRoutes(config.route, act.at)) say(`mute time ${name} on route ${path}`);
    return 0;
  });
}

/** `tocsin silence list`: the silences in force and to come, and those that ended lately when asked. */
export async function listSilences(choices: Choices & { readonly ended?: true }, output: Output): Promise<number> {
  return onStore(choices, output, async ({ store, act, say }) => {
    const all = await store.silences(act.at);
    for (const silence of all) if (choices.ended || silence.endsAt > act.at) say(silenceLine(silence, act.at));
    return 0;
  });
}

function silenceLine({ id, matchers, startsAt, endsAt, createdBy, comment }: Silence, now: number): string {
  const from = startsAt > now ? `from ${time(startsAt)} ` : '';
  const end = endsAt > now ? `until ${time(endsAt)}` : `ended ${time(endsAt)}`;
  return `${id} ${printMatchers(matchers)} ${from}${end} by ${createdBy}${comment && `: ${comment}`}`;
}

/** An id stands where something can be ended by it. */
function mutedLine({ kind, id, what, labels, by, comment, from, until, alerts }: MutedStatus): string {
  const named = kind === 'silence' ? `${id} ${what}` : what;
  const holds = kind === 'silence' && alerts > 0 ? `, ${alerts} fire under it` : '';
  const begins = from === undefined ? '' : ` from ${time(from)}`;
  const ends = until === undefined ? '' : ` until ${time(until)}`;
  return `${kind} ${named}${labels ? ` ${printLabels(labels)}` : ''}${begins}${ends} by ${by}${comment ? `: ${comment}` : ''}${holds}`;
}

function quietRoutes(route: Route, at: number, path = ''): readonly (readonly [string, string])[] {
  const here = `${path}{${printMatchers(route.matchers)}}`;
  const name = timeMute(route, at);
  return [
    ...(name === undefined ? [] : [[here, name] as const]),
    ...route.routes.flatMap((child) => quietRoutes(child, at, here)),
  ];
}

function printMatchers(matchers: readonly Matcher[]): string {
  return matchers.map(({ name, op, value }) => `${name}${op}${JSON.stringify(value)}`).join(', ');
}

function time(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');
}
