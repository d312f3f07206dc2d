import { expect, inject, test } from 'vitest';
import { runSuite } from './suite.ts';

test(
  'nothing is lost, falsely ended or told again outside of the claim window, whenever a worker ends',
  { timeout: 240_000 },
  async () => {
    const wrong: string[] = [];
    const onWrong = (seed: number, sentence: string) => void wrong.push(`seed ${seed}: ${sentence}`);
    const total = await runSuite({ runs: 8, seed: 1, killEvery: Infinity, server: inject('postgresUrl'), onWrong });
    expect(wrong).toEqual([]);
    expect(total).toMatchObject({ runs: 8, lost: 0, false_resolves: 0, duplicates_outside: 0 });
  },
);
