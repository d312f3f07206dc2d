import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { test } from '../../src/cli/test.ts';
import { foundAlerts, ourFoundAlerts } from '../unittest/promtoolOutput.ts';
import { plainTest } from './plainTests.ts';
import { hasPromtool } from './promtool.ts';

const FILES = 20;
const names = Array.from({ length: FILES }, (_, index) => `t${index}`);

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tocsin-plain-tests-'));
  for (const [index, name] of names.entries()) {
    const { rules, test: text } = plainTest(1 + index);
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'rules.yml'), rules);
    writeFileSync(join(folder, name, 'all.test.yml'), text);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('random test files', () => {
  it.skipIf(hasPromtool)('are not compared, since promtool is not installed', () => {
    console.log('skipped: random test files against promtool; install the package "prometheus" to run it');
    expect(hasPromtool).toBe(false);
  });

  it.runIf(hasPromtool)('show the very alerts that promtool shows', { timeout: 300_000 }, () => {
    let alerts = 0;
    for (const name of names) {
      const cwd = join(folder, name);
      const { stdout, stderr } = spawnSync('promtool', ['test', 'rules', 'all.test.yml'], { cwd, encoding: 'utf8' });
      let said = '';
      test(
        ['all.test.yml'],
        { missing: 'prometheus', rangeEnds: 'closed' },
        { cwd, say: (text) => void (said += text) },
      );
      const theirs = foundAlerts(stdout + stderr);
      expect({ name, alerts: ourFoundAlerts(said) }).toEqual({ name, alerts: theirs });
      alerts += theirs.length;
    }
    expect(alerts).toBeGreaterThan(FILES);
  });
});
