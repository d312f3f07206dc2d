import { expect, it } from 'vitest';
import { createDraw } from '../../src/io/raster.ts';
import { chartSvg } from '../../src/notifiers/chart-svg.ts';
import { chart } from '../support/notification.ts';

const patience = 60_000;

const words = (text: string) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="60" height="30"><text x="4" y="20" font-family="Inter" font-size="16">${text}</text></svg>`;

it('draws a chart as a PNG of twice its size', { timeout: patience }, async () => {
  const png = Buffer.from((await createDraw(fail, patience)(chartSvg(chart())))!);
  expect(png.subarray(1, 4).toString()).toBe('PNG');
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([1280, 520]);
  expect(png.length).toBeGreaterThan(10_000);
});

it('draws with the font that ships along: words are not boxes of nothing', { timeout: patience }, async () => {
  const draw = createDraw(fail, patience);
  const [same, again, other] = await Promise.all(['−2 %', '−2 %', '−3 %'].map(async (text) => draw(words(text))));
  expect(Buffer.from(same!).equals(Buffer.from(again!))).toBe(true);
  expect(Buffer.from(same!).equals(Buffer.from(other!))).toBe(false);
});

it('gives nothing and says why when there is nothing to draw', { timeout: patience }, async () => {
  const failures: unknown[] = [];
  const draw = createDraw((error) => failures.push(error), patience);
  expect(await draw('<not svg')).toBeUndefined();
  expect(failures).toHaveLength(1);
  expect(await draw(chartSvg(chart()))).toBeDefined();
});

it('does not wait for ever', async () => {
  const failures: unknown[] = [];
  expect(await createDraw((error) => failures.push(error), 0)(chartSvg(chart()))).toBeUndefined();
  expect(failures).toEqual([new Error('Drawing took longer than 0 ms.')]);
});

function fail(error: unknown): never {
  throw error;
}
