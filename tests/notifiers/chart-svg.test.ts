import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chartAlt, chartSvg } from '../../src/notifiers/chart-svg.ts';
import { chart, HOSTILE } from '../support/notification.ts';

describe('chartSvg', () => {
  it('breaks the line where nothing is known', () => {
    const path = /<path d="([^"]*)"/.exec(chartSvg(chart()))![1]!;
    expect(path.match(/M/g)).toHaveLength(2);
  });

  it('draws thresholds that are near, and leaves out those that would flatten the line', () => {
    const far = { level: 'critical', value: 9e9, text: 'critical above 9B' } as const;
    const near = chartSvg(chart());
    expect(near).toContain('critical below −2 %');
    expect(chartSvg(chart({ thresholds: [far] }))).not.toContain('9B');
  });

  it('writes no name of a threshold over another, however close they are', () => {
    const { from, to } = chart();
    const points = [
      { at: from, value: 0 },
      { at: to, value: -0.8 },
    ];
    const thresholds = [
      { level: 'warning', value: -0.005, text: 'warning below −0.5 %' },
      { level: 'critical', value: -0.02, text: 'critical below −2 %' },
    ] as const;
    const svg = chartSvg(chart({ points, thresholds }));
    const placeOf = (name: string) =>
      new RegExp(`<text x="([\\d.]+)" y="([\\d.]+)"[^>]*>${name}`).exec(svg)!.slice(1).map(Number);
    const [[x1, y1], [x2, y2]] = [placeOf('warning'), placeOf('critical')] as [number[], number[]];
    expect(Math.abs(x1! - x2!) >= 150 || Math.abs(y1! - y2!) >= 14).toBe(true);
  });

  it('hides no piece of the line behind a name where there is room beside it', () => {
    const { from, to } = chart();
    const at = (index: number) => from + ((to - from) * index) / 120;
    const swings = Array.from({ length: 121 }, (_, index) => ({
      at: at(index),
      value: index < 60 ? -0.004 - 0.002 * Math.sin(index / 2) : -0.03,
    }));
    const svg = chartSvg(chart({ points: swings }));
    const names = [...svg.matchAll(/<text x="([\d.]+)" y="([\d.]+)" font-size="12" font-weight="600"[^>]*>([^<]+)/g)];
    expect(names).toHaveLength(2);
    const line = [...svg.matchAll(/[ML]([\d.]+) ([\d.]+)/g)].map((match) => match.slice(1).map(Number));
    for (const [, x, y, words] of names) {
      const under = line.filter(
        ([px, py]) =>
          px! > Number(x) && px! < Number(x) + words!.length * 6.5 && py! > Number(y) - 12 && py! < Number(y) + 3,
      );
      expect(under).toEqual([]);
    }
  });

  it('lets nothing from outside become markup', () => {
    const svg = chartSvg(chart({ title: HOSTILE, thresholds: [{ level: null, value: -0.02, text: HOSTILE }] }));
    expect(svg).not.toMatch(/<script|<!channel|\u202e/);
  });

  it('has finite coordinates whatever the values', () => {
    const value = fc.oneof(
      fc.constant(null),
      fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 }),
    );
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 2, maxLength: 50 }),
        fc.double({ noNaN: true, min: -1e6, max: 1e6 }),
        (values, limit) => {
          fc.pre(values.some((one) => one !== null));
          const { from, to } = chart();
          const points = values.map((one, index) => ({
            at: from + ((to - from) * index) / (values.length - 1),
            value: one,
          }));
          const svg = chartSvg(chart({ points, thresholds: [{ level: 'info', value: limit, text: 'limit' }] }));
          expect(svg).not.toMatch(/NaN|Infinity|undefined/);
        },
      ),
      { examples: [[[0, -5e-324], 5e-324]] },
    );
  });
});

it('says in words what the picture shows', () => {
  expect(chartAlt(chart())).toBe(
    'BelowNav · Stream xUSD · ethereum, last 6 h: from −9.7 % to −0.1 %, now −9.7 %. warning below −0.5 %; critical below −2 %',
  );
});
