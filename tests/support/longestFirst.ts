import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Starts the files that wait longest for other processes first, so that none of them runs alone at the end. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

function isLong({ moduleId }: TestSpecification): boolean {
  return /\/tests\/(e2e|io|contracts)\//u.test(moduleId);
}
