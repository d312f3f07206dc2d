import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { shippedKinds } from '../../scripts/shippedKinds.ts';
import { WAITING } from '../../scripts/waitingKinds.ts';
import { readUnitTests } from '../../src/config/readUnitTests.ts';
import type { AlertRule } from '../../src/model/rule.ts';
import { plan } from '../../src/promql/index.ts';
import * as sources from '../../src/sources/index.ts';
import { runTests } from '../../src/unittest/run.ts';
import { KIND_FILES, testsOf } from './kindFiles.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const kinds = Object.values(shippedKinds());

describe('kinds that ship', () => {
  test('every file is a kind of its name or the tests of one', () => {
    const names = kinds.flatMap(({ kind }) => [`${kind}.test.yaml`, `${kind}.yaml`]);
    expect(readdirSync(join(root, 'rules/kinds')).sort()).toEqual(names.sort());
  });

  test('none of them is said to wait', () => {
    const shipped = new Set(kinds.map(({ kind }) => kind));
    expect(WAITING.filter(({ kind }) => shipped.has(kind))).toEqual([]);
  });

  describe.each(kinds.map((kind) => ({ name: kind.kind, kind })))('$name', ({ name, kind }) => {
    const file = `rules/kinds/${name}.test.yaml`;
    const tests = readUnitTests({ file, text: testsOf(name), sources, now: 0, filesOf: () => KIND_FILES });
    const tested = tests.groups.flatMap(({ rules }) => rules as readonly AlertRule[]);

    test('has a runbook', () => {
      expect(existsSync(join(root, kind.runbook))).toBe(true);
    });

    test('expands to an expression that can be planned, with nothing left open', () => {
      expect(tested.length).toBeGreaterThan(0);
      for (const { expr, kind: used, levels } of tested) {
        expect(used?.name).toBe(name);
        expect(levels.length).toBeGreaterThan(0);
        expect(expr).not.toContain('${');
        expect(plan(expr).type).toBe('vector');
      }
    });

    test('passes its tests, which fire it and leave it alone', () => {
      const outcomes = runTests(tests);
      expect(outcomes.filter(({ passed }) => !passed)).toEqual([]);
      const fires = tests.tests.flatMap(({ alerts }) => alerts.map(({ expected }) => expected.length > 0));
      expect(new Set(fires)).toEqual(new Set([true, false]));
    });
  });
});
