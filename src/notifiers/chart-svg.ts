import { printValue } from '../dispatch/render-value.ts';
import { escapeHtml } from '../model/html.ts';
import type { AlertLevel } from '../model/alert.ts';
import type { Chart } from '../model/notification.ts';
import { placeNames } from './chart-names.ts';
import type { Place } from './chart-names.ts';
import { clip } from './content.ts';
import { clockTime } from './moment.ts';

type Threshold = Chart['thresholds'][number];

/** Of the picture, in CSS pixels; it is drawn twice as large. */
export const CHART_WIDTH = 640;
const CHART_HEIGHT = 260;

const LEFT = 68;
const RIGHT = 18;
const TOP = 44;
const BOTTOM = 34;
const INK = '#1f2937';
const QUIET = '#6b7280';
const GRID = '#e5e7eb';

const COLOUR = { critical: '#c62828', warning: '#b45309', info: '#1d4ed8' } as const;

/** Maps a time or a value to a place in the picture. */
interface Scale {
  readonly low: number;
  readonly high: number;
  readonly x: (at: number) => number;
  readonly y: (value: number) => number;
}

/** Draws a chart with its thresholds as SVG, on a ground of its own, so that it reads the same in dark and in light. */
export function chartSvg(chart: Chart): string {
  const scale = scaleOf(chart);
  const limits = chart.thresholds
    .filter(({ value }) => value >= scale.low && value <= scale.high)
    .toSorted((a, b) => a.value - b.value);
  const parts = [
    `<rect width="${CHART_WIDTH}" height="${CHART_HEIGHT}" rx="8" fill="#ffffff"/>`,
    text(chart.title, { x: 18, y: 26, size: 15, weight: 600, fill: INK }),
    ...valueTicks(chart, scale),
    ...timeTicks(chart, scale),
    ...limits.map((limit) => thresholdLine(limit, scale)),
    `<path d="${pathOf(chart, scale)}" fill="none" stroke="${INK}" stroke-width="2" stroke-linejoin="round" stroke-linecap="round"/>`,
    ...thresholdNames(limits, chart, scale),
    lastPoint(chart, scale),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${CHART_WIDTH}" height="${CHART_HEIGHT}" viewBox="0 0 ${CHART_WIDTH} ${CHART_HEIGHT}" font-family="Inter, 'DejaVu Sans', sans-serif">${parts.join('')}</svg>`;
}

/** What the picture shows, for those who cannot see it. */
export function chartAlt({ title, points, thresholds, unit, from, to }: Chart): string {
  const values = points.flatMap(({ value }) => (value === null ? [] : [value]));
  const [low, high, last] = [Math.min(...values), Math.max(...values), values.at(-1)!];
  const hours = Math.round((to - from) / 3_600_000);
  const range = `from ${printValue(low, unit)} to ${printValue(high, unit)}, now ${printValue(last, unit)}`;
  return clip(`${title}, last ${hours} h: ${range}. ${thresholds.map((one) => one.text).join('; ')}`, 900);
}

function scaleOf({ points, thresholds, from, to }: Chart): Scale {
  const values = points.flatMap(({ value }) => (value === null ? [] : [value]));
  const own = { low: Math.min(...values), high: Math.max(...values) };
  // A threshold far away would flatten the line that it is there to be compared with.
  const reach = 4 * extent(own.high - own.low, Math.abs(own.high));
  const near = thresholds
    .map(({ value }) => value)
    .filter((value) => value > own.low - reach && value < own.high + reach);
  const [least, most] = [Math.min(own.low, ...near), Math.max(own.high, ...near)];
  const room = extent(most - least, Math.abs(most) * 0.02) * 0.08;
  const { low, high } = { low: least - room, high: most + room };
  const [width, height] = [CHART_WIDTH - LEFT - RIGHT, CHART_HEIGHT - TOP - BOTTOM];
  return {
    low,
    high,
    x: (at) => round(LEFT + ((at - from) / (to - from)) * width),
    y: (value) => round(TOP + ((high - value) / (high - low)) * height),
  };
}

/** The first that a picture can be divided by: a subnormal number cannot. */
function extent(...sizes: readonly number[]): number {
  return sizes.find((size) => size > 1e-300) ?? 1;
}

function valueTicks({ unit }: Chart, { low, high, y }: Scale): string[] {
  const step = niceStep((high - low) / 4);
  const first = Math.ceil(low / step);
  const last = Math.floor(high / step);
  return Array.from({ length: Math.min(9, last - first + 1) }, (_, index) => {
    const value = (first + index) * step;
    const line = `<line x1="${LEFT}" x2="${CHART_WIDTH - RIGHT}" y1="${y(value)}" y2="${y(value)}" stroke="${GRID}"/>`;
    return line + text(printValue(value, unit), { x: LEFT - 8, y: y(value) + 4, anchor: 'end', fill: QUIET });
  });
}

/** 1, 2 or 5 times a power of ten, at least as large. */
function niceStep(size: number): number {
  const power = 10 ** Math.floor(Math.log10(size));
  return power * ([1, 2, 5].find((factor) => factor * power >= size) ?? 10);
}

const TIME_STEPS = [1, 2, 3, 6, 12, 24, 48].map((hours) => hours * 3_600_000);

function timeTicks({ from, to, timezone }: Chart, { x }: Scale): string[] {
  const step = TIME_STEPS.find((one) => (to - from) / one <= 7) ?? TIME_STEPS.at(-1)!;
  const ticks: string[] = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) {
    if (x(at) > CHART_WIDTH - RIGHT - 16) break;
    const label = clockTime(at, timezone, step >= 24 * 3_600_000);
    ticks.push(text(label, { x: x(at), y: CHART_HEIGHT - 12, anchor: 'middle', fill: QUIET }));
  }
  return ticks;
}

function thresholdLine({ level, value }: Threshold, { y }: Scale): string {
  return `<line x1="${LEFT}" x2="${CHART_WIDTH - RIGHT}" y1="${y(value)}" y2="${y(value)}" stroke="${colourOf(level)}" stroke-width="1.5" stroke-dasharray="6 4"/>`;
}

/** Names the thresholds, each with a halo where it crosses the values. */
function thresholdNames(limits: readonly Threshold[], { points }: Chart, { x, y }: Scale): string[] {
  const names = limits.map(({ value, text: words }) => ({ y: y(value), text: clip(words, 40) }));
  const line = points.flatMap(({ at, value }) => (value === null ? [] : [{ x: x(at), y: y(value) }]));
  const ground = { left: LEFT + 6, right: CHART_WIDTH - RIGHT, top: TOP, bottom: CHART_HEIGHT - BOTTOM - 2 };
  return placeNames(names, { ...ground, line: traced(line) }).map((place, index) => {
    const lettering = { ...place, weight: 600 };
    return (
      text(names[index]!.text, { ...lettering, fill: '#ffffff', halo: true }) +
      text(names[index]!.text, { ...lettering, fill: colourOf(limits[index]!.level) })
    );
  });
}

/** Places along a line, close enough that none of its pieces passes a name unseen. */
function traced(line: readonly Place[]): Place[] {
  return line.flatMap((end, index) => {
    const start = line[index - 1] ?? end;
    const count = Math.min(100, 1 + Math.ceil(Math.hypot(end.x - start.x, end.y - start.y) / 4));
    return Array.from({ length: count }, (_, step) => ({
      x: end.x + ((start.x - end.x) * step) / count,
      y: end.y + ((start.y - end.y) * step) / count,
    }));
  });
}

function colourOf(level: AlertLevel): string {
  return level === null ? COLOUR.critical : COLOUR[level];
}

/** A gap in what is known is a gap in the line. */
function pathOf({ points }: Chart, { x, y }: Scale): string {
  let path = '';
  let isDown = false;
  for (const { at, value } of points) {
    if (value !== null) path += `${isDown ? 'L' : 'M'}${x(at)} ${y(value)}`;
    isDown = value !== null;
  }
  return path;
}

function lastPoint({ points, unit }: Chart, { x, y }: Scale): string {
  const last = points.findLast(({ value }) => value !== null);
  if (last === undefined || last.value === null) return '';
  const [left, top] = [x(last.at), y(last.value)];
  const label = text(printValue(last.value, unit), {
    x: CHART_WIDTH - 18,
    y: 26,
    anchor: 'end',
    size: 15,
    weight: 600,
    fill: INK,
  });
  return `<circle cx="${left}" cy="${top}" r="4" fill="${INK}"/>${label}`;
}

interface Lettering {
  readonly x: number;
  readonly y: number;
  readonly fill: string;
  readonly size?: number;
  readonly weight?: number;
  readonly anchor?: 'end' | 'middle';
  readonly halo?: boolean;
}

function text(words: string, { x, y, fill, size = 12, weight = 400, anchor, halo }: Lettering): string {
  const where =
    (anchor === undefined ? '' : ` text-anchor="${anchor}"`) + (halo ? ' stroke="#ffffff" stroke-width="4"' : '');
  return `<text x="${x}" y="${y}"${where} font-size="${size}" font-weight="${weight}" fill="${fill}">${escapeHtml(clip(words, 70))}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
