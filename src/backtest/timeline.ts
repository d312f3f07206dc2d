import { escapeHtml } from '../model/html.ts';
import { printLabels } from '../model/labels.ts';
import { countedLevel } from './backtest.ts';
import type { Backtest } from './backtest.ts';
import { isoTime } from './lines.ts';
import type { AlertHistory } from './recorder.ts';

const WIDTH = 1100;
const LANE = 34;
const HEAD = 44;
const FOOT = 24;
const BAR = 10;

/** More alerts than this in one chart cannot be told apart; the text has them all. */
const MOST_LANES = 40;

interface Scale {
  readonly from: number;
  readonly to: number;
  readonly height: number;
}

/** When each alert fired, beside the events and the quiet periods: an SVG without style of its own. */
export function timeline(result: Backtest): string {
  const fired = result.alerts.filter(({ firings }) => firings.length > 0);
  const lanes = fired.slice(0, MOST_LANES);
  const scale = { from: result.from, to: Math.max(result.to, result.from + 1), height: HEAD + lanes.length * LANE };
  const body = [
    ...quiet(result, scale),
    ...events(result, scale),
    ...lanes.flatMap((history, index) => lane(history, HEAD + index * LANE, scale)),
    text(0, scale.height + FOOT - 8, isoTime(result.from), 'note'),
    `<text x="${WIDTH}" y="${scale.height + FOOT - 8}" text-anchor="end" class="note">${isoTime(result.to)}</text>`,
    ...(fired.length > lanes.length
      ? [text(WIDTH / 3, scale.height + FOOT - 8, `and ${fired.length - lanes.length} more`, 'note')]
      : []),
  ];
  const title = escapeHtml(`When alerts fired in ${result.incident.name}`);
  return `<svg viewBox="0 0 ${WIDTH} ${scale.height + FOOT}" role="img" aria-label="${title}">\n<title>${title}</title>\n${body.join('\n')}\n</svg>`;
}

function quiet({ incident }: Backtest, scale: Scale): readonly string[] {
  return incident.quiet.map(({ from, to }) => {
    const x = xOf(from, scale);
    return `<rect x="${x}" y="${HEAD - 6}" width="${round(xOf(to, scale) - x)}" height="${scale.height - HEAD + 6}" class="quiet"/>`;
  });
}

/** Names stand on three rows in turn, so that neighbours do not cover each other. */
function events({ incident }: Backtest, scale: Scale): readonly string[] {
  return incident.events
    .filter(({ at }) => at >= scale.from && at <= scale.to)
    .flatMap(({ name, at }, index) => {
      const x = xOf(at, scale);
      const anchor = x > WIDTH * 0.8 ? 'end' : 'start';
      return [
        `<line x1="${x}" y1="${14 + (index % 3) * 12}" x2="${x}" y2="${scale.height}" class="event"/>`,
        `<text x="${x}" y="${12 + (index % 3) * 12}" text-anchor="${anchor}">${escapeHtml(name)}</text>`,
      ];
    });
}

function lane(history: AlertHistory, top: number, scale: Scale): readonly string[] {
  const { rule, labels, firings } = history;
  return [
    `<line x1="0" y1="${top + LANE - 4}" x2="${WIDTH}" y2="${top + LANE - 4}" class="lane"/>`,
    text(0, top + 12, `${rule} ${printLabels(labels)}`.slice(0, 170)),
    ...firings.map((firing) => {
      const level = countedLevel(firing, labels);
      const x = xOf(firing.firedAt, scale);
      const width = Math.max(1.5, xOf(firing.resolvedAt ?? scale.to, scale) - x);
      const height = level === 'critical' ? BAR : BAR / 2;
      const about = `${level} from ${isoTime(firing.firedAt)} to ${firing.resolvedAt === null ? 'the end' : isoTime(firing.resolvedAt)}`;
      return `<rect x="${x}" y="${top + 17 + (BAR - height)}" width="${round(width)}" height="${height}" class="${level}"><title>${about}</title></rect>`;
    }),
  ];
}

function text(x: number, y: number, content: string, kind?: string): string {
  return `<text x="${round(x)}" y="${y}"${kind === undefined ? '' : ` class="${kind}"`}>${escapeHtml(content)}</text>`;
}

function xOf(at: number, { from, to }: Scale): number {
  return round(((Math.min(Math.max(at, from), to) - from) / (to - from)) * WIDTH);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
