import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { test } from '../../src/cli/test.ts';
import { foundAlerts, ourFoundAlerts } from './promtoolOutput.ts';

const corpus = join(import.meta.dirname, '../fixtures/prometheus');
const files = readdirSync(corpus).filter((name) => name.endsWith('.test.yml'));
const isInstalled = spawnSync('promtool', ['--version']).status === 0;

const LIKE_PROMETHEUS_2 = { missing: 'prometheus', rangeEnds: 'closed' };

/** What is expected in these files is wrong on purpose, or the rules fail. */
const FAILING = new Set(['failing.test.yml', 'templates.test.yml', 'wrong.test.yml']);

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tocsin-promtool-'));
  cpSync(corpus, folder, { recursive: true });
  for (const name of files) writeFileSync(join(folder, `bare.${name}`), bare(readFileSync(join(folder, name), 'utf8')));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The same questions, expecting something that is never there: whatever there is has to be shown. */
function bare(text: string): string {
  return text
    .replace(/exp_alerts: \[.*\]( \})$/gm, 'exp_alerts: [{ exp_labels: { never: there } }]$1')
    .replace(/^( *)exp_alerts:(?: \[\{.*)?\n(?:\1 +.*\n)*/gm, '$1exp_alerts: [{ exp_labels: { never: there } }]\n');
}

function ours(name: string): { code: number; said: string } {
  let said = '';
  const code = test([name], LIKE_PROMETHEUS_2, { cwd: folder, say: (text) => void (said += text) });
  return { code, said };
}

function promtool(name: string): { code: number; said: string } {
  const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', name], { cwd: folder, encoding: 'utf8' });
  return { code: status ?? -1, said: stdout + stderr };
}

describe('tocsin test, read as Prometheus 2', () => {
  it.each(files)('%s has the verdict it should have', (name) => {
    const { code, said } = ours(name);
    expect({ code, said: code === 0 ? '' : said }).toEqual({
      code: FAILING.has(name) ? 1 : 0,
      said: FAILING.has(name) ? expect.stringContaining('FAILED') : '',
    });
  });

  it.skipIf(isInstalled)('is not compared, since promtool is not installed', () => {
    console.log('skipped: the comparison with promtool; install the package "prometheus" to run it');
    expect(isInstalled).toBe(false);
  });

  it.runIf(isInstalled).each(files)('%s has the verdict of promtool', (name) => {
    expect(ours(name).code).toBe(promtool(name).code);
  });

  it.runIf(isInstalled).each(files)('%s has the very alerts of promtool', (name) => {
    const [theirs, mine] = [promtool(`bare.${name}`), ours(`bare.${name}`)];
    expect(ourFoundAlerts(mine.said)).toEqual(foundAlerts(theirs.said));
  });

  it.runIf(isInstalled)('promtool accepts the rules of the corpus', () => {
    const rules = readdirSync(corpus).filter((name) => name.endsWith('.rules.yml'));
    expect(
      execFileSync('promtool', ['check', 'rules', '--lint=none', ...rules], { cwd: corpus, encoding: 'utf8' }),
    ).toContain('SUCCESS');
  });
});
