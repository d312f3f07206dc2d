import { expect, inject, test } from 'vitest';
import { runSuite } from './suite.ts';

test(
  'nothing is lost, falsely ended or told again outside of the claim window, whenever a worker ends',
  { timeout: 240_000 },
  async () => {
    const wrong: string[] = [];
    const onWrong = (seed: number, sentence: string) => void wrong.push(`seed ${seed}: ${sentence}`);
    const total = await runSuite({ runs: 10, seed: 1, server: inject('postgresUrl'), onWrong });
    expect(wrong).toEqual([]);
    expect(total).toMatchObject({ runs: 10, lost: 0, false_resolves: 0, duplicates_outside: 0 });
  },
);
