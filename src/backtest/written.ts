import { stringify } from 'yaml';
import { formatDuration } from '../model/duration.ts';
import { labelsKey, NAME, without } from '../model/labels.ts';
import { groupBy } from '../model/group.ts';
import type { Asset } from '../model/rule.ts';
import type { RecordedSample } from '../model/stored.ts';
import { isoTime } from './lines.ts';

export interface Recorded {
  readonly name: string;
  readonly title: string;
  readonly assets: Readonly<Record<string, Asset>>;
  readonly samples: readonly RecordedSample[];
  /** What happened, if anybody said so: name → unix ms. */
  readonly events: Readonly<Record<string, number>>;
}

/** The files of an incident made of what Tocsin itself recorded: path in its folder → text. The same samples make the same files. */
export function writtenIncident({ name, title, assets, samples, events }: Recorded): Readonly<Record<string, string>> {
  const series = [...groupBy(samples, ({ labels }) => labelsKey(labels)).values()];
  const used = new Set(samples.map(({ labels }) => labels['asset'] ?? ''));
  const files: Record<string, string> = {};
  const listed = series.map((own, index) => {
    const { labels, maxAge } = own[0]!;
    const file = `${String(index + 1).padStart(3, '0')}_${labels[NAME]}.csv`;
    files[file] = csvOf(own);
    return { metric: labels[NAME], labels: without(labels, [NAME]), file, max_age: formatDuration(maxAge) };
  });
  const document = {
    incident: name,
    title,
    assets: Object.fromEntries(
      Object.values(assets)
        .filter(({ id }) => used.has(id))
        .map(({ id, name: shown, class: kind, issuer, peg }) => [id, { name: shown, class: kind, issuer, peg }]),
    ),
    series: listed,
    events: Object.entries(events).map(([event, at]) => ({ name: event, at: isoTime(at) })),
    expect: [],
    quiet: [],
    sources: ['recorded by Tocsin'],
  };
  files['incident.yaml'] = stringify(document, { lineWidth: 0 });
  return files;
}

/** Of several samples that became known at one instant the last counts. */
function csvOf(samples: readonly RecordedSample[]): string {
  const rows = new Map(samples.map(({ seenAt, value }) => [seenAt, value]));
  const lines = [...rows].sort(([a], [b]) => a - b).map(([at, value]) => `${isoTime(at)},${value}\n`);
  return `time,value\n${lines.join('')}`;
}
