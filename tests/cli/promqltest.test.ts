import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, describe, expect, it } from 'vitest';
import { promqltest } from '../../src/cli/promqltest.ts';

const folder = mkdtempSync(join(tmpdir(), 'promqltest-'));
afterAll(() => rmSync(folder, { recursive: true }));

function run(script: string): { code: number; printed: string } {
  const file = join(folder, 'a.test');
  writeFileSync(file, script);
  const stdout = new PassThrough();
  const code = promqltest([file], stdout);
  return { code, printed: String(stdout.read()).replaceAll(folder, '') };
}

describe('promqltest', () => {
  it('prints a line for each failure, names what is left out, and fails', () => {
    const script =
      'load 1m\n  a 1\neval instant at 0 a\n  a 2\neval instant at 0 -a\n  {} -1\neval instant at 0 info(a)\n';
    expect(run(script)).toEqual({
      code: 1,
      printed:
        '/a.test:3: a: expected a 2, found a 1\nskipped 1: experimental function "info"\n1 passed, 1 failed, 1 skipped\n',
    });
  });

  it('succeeds when nothing fails, whatever annotations the script expects', () => {
    expect(run('eval instant at 0 1\n  expect no_warn\n  expect info\n  1\n')).toEqual({
      code: 0,
      printed: 'cases that expect annotations, which are not made here: 1\n1 passed, 0 failed, 0 skipped\n',
    });
  });

  it('counts a script that cannot be read as a failure', () => {
    expect(run('load 1m\n  a <<\n')).toEqual({
      code: 1,
      printed: '/a.test: Line 2: "a <<" is no series.\n0 passed, 1 failed, 0 skipped\n',
    });
  });
});
