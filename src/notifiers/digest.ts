import type { Covered } from '../model/coverage.ts';
import type { Digest, DisabledRule, Episode } from '../model/digest.ts';
import type { Labels } from '../model/labels.ts';
import type { MutedStatus, Status } from '../model/status.ts';
import { printMoment } from './moment.ts';

export interface DigestFacts {
  /** Unix ms: the time of the one before, and of this one. */
  readonly from: number;
  readonly slot: number;
  readonly timezone: string;
  /** Newest first. */
  readonly episodes: readonly Episode[];
  readonly disabled: readonly DisabledRule[];
  readonly status: Pick<Status, 'rules' | 'sources' | 'muted' | 'receivers' | 'advice' | 'coverage'>;
  readonly dashboardUrl?: string | undefined;
}

/** Lines of one section. */
const MOST = 15;
const NEAREST = 5;

type Moment = (at: number) => string;

/** What a digest says. A section that has nothing to say says so: silence is not good news. */
export function composeDigest(facts: DigestFacts): Digest {
  const { from, slot, timezone, status, dashboardUrl } = facts;
  const moment = (at: number) => printMoment(at, timezone);
  const going = facts.episodes.filter(({ endedAt }) => endedAt === undefined).length;
  const sections = [
    section(
      'Episodes',
      facts.episodes.map((each) => episodeLine(each, moment)),
      'none',
    ),
    section('Nearest misses', nearest(status.rules), 'no level has a value to compare with'),
    section('Blind spots', blind(status), 'none: every source answers and every rule can judge'),
    ...(status.coverage === undefined
      ? []
      : [section('Not covered', uncovered(status.coverage), 'everything that is read has what it needs')]),
    section(
      'Muted',
      [
        ...status.muted.map((each) => mutedLine(each, moment)),
        ...facts.disabled.map((each) => disabledLine(each, moment)),
      ],
      'nothing',
    ),
    section(
      'Delivery',
      status.receivers.map((each) => receiverLine(each, moment)),
      'nothing was sent yet',
    ),
  ];
  return {
    id: `digest.${slot}`,
    title: `Tocsin digest: ${count(facts.episodes.length, 'episode')} since ${moment(from)}, ${going} still firing`,
    sections,
    ...(dashboardUrl !== undefined && { dashboardUrl }),
  };
}

function section(heading: string, lines: readonly string[], none: string): Digest['sections'][number] {
  const more = lines.length > MOST ? [`and ${lines.length - MOST} more`] : [];
  return { heading, lines: lines.length === 0 ? [none] : [...lines.slice(0, MOST), ...more] };
}

function episodeLine({ rule, labels, firedAt, endedAt, level }: Episode, moment: Moment): string {
  const end = endedAt === undefined ? 'still firing' : `until ${moment(endedAt)}`;
  return `${level === null ? '' : `${level} `}${named(rule, labels)} from ${moment(firedAt)}, ${end}`;
}

/** Of what is not breached, how far the value is from the level it is nearest to. */
function nearest(rules: Status['rules']): readonly string[] {
  return rules
    .flatMap(({ rule, rows }) =>
      rows.map((row) => ({ rule, row, at: row.distances.find(({ distance }) => distance >= 0) })),
    )
    .filter(({ row, at }) => row.verdict === 'ok' && at !== undefined)
    .sort((a, b) => a.at!.distance - b.at!.distance)
    .slice(0, NEAREST)
    .map(
      ({ rule, row, at }) =>
        `${named(rule, row.labels)} ${row.value ?? ''}, ${at!.level} ${at!.threshold}: ${share(at!.distance)} away`,
    );
}

function share(distance: number): string {
  return `${(distance * 100).toPrecision(2)} % of the threshold`;
}

function blind({ sources, rules, advice }: DigestFacts['status']): readonly string[] {
  const failing = sources
    .filter(({ health }) => health !== 'ok')
    .map(({ source, health, error }) => `source ${source} is ${health}${error ? `: ${error}` : ''}`);
  const unknown = rules.flatMap(({ rule, rows }) =>
    rows
      .filter(({ verdict }) => verdict === 'unknown')
      .map(({ labels, reason }) => `${named(rule, labels)} cannot be judged: ${reason}`),
  );
  return [...unknown, ...failing, ...advice];
}

/** Lacks that are counted, and whether what has them is named: who has no rule or one price is blind there. */
const LACKS: readonly { readonly lack: string; readonly isNamed: boolean; readonly has: (row: Covered) => boolean }[] =
  [
    { lack: 'without any rule', isNamed: true, has: ({ rules }) => rules.length === 0 },
    { lack: 'with one source of its price', isNamed: true, has: ({ lonePrice }) => lonePrice },
    { lack: 'with figures that no alert reads', isNamed: false, has: ({ unread }) => unread.length > 0 },
    { lack: 'with alerts that nobody owns', isNamed: false, has: ({ noOwner }) => noOwner.length > 0 },
    { lack: 'with alerts that no test speaks of', isNamed: false, has: ({ noTest }) => noTest.length > 0 },
    { lack: 'with alerts that no incident expects', isNamed: false, has: ({ noBacktest }) => noBacktest.length > 0 },
    { lack: 'could have more rules of the catalogue', isNamed: false, has: ({ possible }) => possible.length > 0 },
  ];

function uncovered(coverage: readonly Covered[]): readonly string[] {
  return LACKS.flatMap(({ lack, isNamed, has }) => {
    const rows = coverage.filter(has);
    const names = rows.map(({ what, name }) => `${what} ${name}`).join(', ');
    return rows.length === 0 ? [] : [`${rows.length} of ${coverage.length} ${lack}${isNamed ? `: ${names}` : ''}`];
  });
}

function mutedLine({ kind, what, labels, by, comment, from, until }: MutedStatus, moment: Moment): string {
  const times = `${from === undefined ? '' : ` from ${moment(from)}`}${until === undefined ? '' : ` until ${moment(until)}`}`;
  return `${kind} of ${labels ? named(what, labels) : what}${times} by ${by}${comment ? `: ${comment}` : ''}`;
}

function disabledLine({ rule, until, reason, by }: DisabledRule, moment: Moment): string {
  return `rule ${rule} disabled until ${moment(until)} by ${by}: ${reason}`;
}

function receiverLine(
  { receiver, lastAcceptedAt, lastError, lastErrorAt, dead, waiting }: Status['receivers'][number],
  moment: Moment,
): string {
  const accepted = lastAcceptedAt === undefined ? 'accepted nothing yet' : `last accepted ${moment(lastAcceptedAt)}`;
  const isFailing = lastErrorAt !== undefined && lastErrorAt >= (lastAcceptedAt ?? 0);
  const failure = isFailing ? `, ${dead ? 'refuses for good' : 'fails'}: ${lastError}` : '';
  return `${receiver}: ${accepted}, ${count(waiting, 'message')} waiting${failure}`;
}

function named(rule: string, labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value}"`);
  return pairs.length === 0 ? rule : `${rule}{${pairs.join(', ')}}`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** For mail readers without HTML. */
export function digestText({ title, sections, dashboardUrl }: Digest): string {
  const parts = sections.map(({ heading, lines }) => `${heading}\n${lines.map((line) => `- ${line}`).join('\n')}\n`);
  return `${title}\n\n${parts.join('\n')}${dashboardUrl === undefined ? '' : `\nDashboard ${dashboardUrl}\n`}`;
}
