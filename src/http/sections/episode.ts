import { timelineOf } from '../../dispatch/timeline.ts';
import type { Event } from '../../dispatch/timeline.ts';
import { roughDuration } from '../../model/duration.ts';
import type { Status } from '../../model/status.ts';
import type { Story } from '../../model/story.ts';
import { markup } from '../markup.ts';
import { moment, zoned } from '../time.ts';
import { rowList, section } from './parts.ts';
import type { Markup } from '../markup.ts';

/** An episode from its first breach on: what changed, who was told, who did something; the newest first. */
export function episodeSection(story: Story, print: (value: number) => string, status: Status): Markup {
  const events = timelineOf(story, { value: print, moment: (at) => zoned(at, status.timezone) }).toReversed();
  const rows = events.map((event) => row(event, status));
  const title = story.endedAt === undefined ? 'This episode' : 'Its last episode';
  return section('episode', title, markup`${summary(story, print, status)}${rowList('episode', rows, 30)}`);
}

function summary({ startedAt, endedAt, how, peak, peakAt }: Story, print: (value: number) => string, status: Status) {
  const lasted = roughDuration((endedAt ?? status.now) - startedAt);
  const end = endedAt === undefined ? `for ${lasted} so far` : `${how ?? 'over'} after ${lasted}`;
  const worst =
    peak !== undefined &&
    peakAt !== undefined &&
    markup`. Worst: <b class="number">${print(peak)}</b>, ${moment(peakAt, status)}`;
  return markup`<p>Since ${moment(startedAt, status)}, ${end}${worst}</p>`;
}

function row({ at, kind, text }: Event, status: Status): Markup {
  const said = kind === 'change' ? markup`<b>${text}</b>` : markup`<span>${text}</span>`;
  return markup`<li>${said} ${moment(at, status)}</li>`;
}
