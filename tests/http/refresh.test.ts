import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TOKEN, serve } from './serve.ts';
import { NOW, rowOf, ruleOf, sourceOf, statusOf } from './statuses.ts';

const executablePath = (process.env['PATH'] ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'chromium'))
  .find((path) => existsSync(path));
if (executablePath === undefined) console.log('skipped: the page in a browser, because no chromium is on PATH');

describe.skipIf(executablePath === undefined)('the page in a browser', () => {
  let browser: Browser;

  beforeAll(async () => {
    const args = ['--no-sandbox', '--disable-background-networking'];
    browser = await chromium.launch({ executablePath: executablePath ?? '', args });
  });

  afterAll(async () => browser.close());

  it('keeps itself fresh and says so when nobody answers any more', async () => {
    let made = 0;
    const status = async () => {
      made += 1;
      const rows = Array.from({ length: 6 }, () => rowOf({ value: `#${made}` }));
      return statusOf({ now: NOW, rules: [ruleOf({ rows })], sources: [sourceOf()] });
    };
    const { url, close } = await serve({ status });
    const page = await browser.newPage();
    const foreign: string[] = [];
    page.on('request', (request) => {
      if (!request.url().startsWith(url)) foreign.push(request.url());
    });
    await page.goto(`${url}/?token=${TOKEN}`);
    expect(new URL(page.url()).search).toBe('');
    await page.click('#rule-0-fold');
    const shown = async () => page.locator('.judged .number').first().textContent();
    await expect.poll(shown, { timeout: 10_000 }).toBe('#2');
    expect(await page.locator('#rule-0-more').getAttribute('open')).toBe('');
    expect(await page.locator('#lost').isVisible()).toBe(false);
    await close();
    await page.locator('#lost').waitFor({ state: 'visible', timeout: 10_000 });
    expect(await page.locator('#lost').textContent()).toMatch(/^Connection lost since \d\d:\d\d:\d\d\./);
    expect(await page.title()).toBe('(lost) Tocsin');
    expect(foreign).toEqual([]);
  });

  it('has no horizontal scrolling on a phone', async () => {
    const labels = { market: `0x${'ab'.repeat(32)}`, note: 'w'.repeat(90) };
    const sources = [sourceOf({ labels, source: 's'.repeat(80), error: 'e'.repeat(300), health: 'failing' })];
    const rules = [
      ruleOf({ rule: 'R'.repeat(80), expr: 'x'.repeat(500), rows: [rowOf({ labels, value: '9'.repeat(30) })] }),
    ];
    const { url } = await serve({ status: async () => statusOf({ sources, rules }) });
    const page = await browser.newPage({ viewport: { width: 360, height: 800 } });
    await page.goto(url);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
  });
});
