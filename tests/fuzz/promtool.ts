import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigErrors } from '../../src/config/error.ts';
import { loadRules } from '../../src/config/loadRules.ts';
import * as sources from '../../src/sources/index.ts';
import { plainFile } from './plainFiles.ts';
import { isNamed } from './promtoolDifferences.ts';

export const hasPromtool = spawnSync('promtool', ['--version']).status === 0;

export interface Disagreement {
  readonly seed: number;
  readonly text: string;
  readonly promtool: string;
  readonly tocsin: string;
}

export interface Comparison {
  readonly files: number;
  /** Of both. */
  readonly accepted: number;
  readonly named: number;
  readonly disagreements: readonly Disagreement[];
}

/** Writes `count` seeded rule files and asks promtool and ourselves whether each is right. */
export function compareAccepted(first: number, count: number): Comparison {
  const seeds = Array.from({ length: count }, (_, index) => first + index);
  const texts = seeds.map(plainFile);
  const theirs = promtoolOn(texts);
  let accepted = 0;
  let named = 0;
  const disagreements: Disagreement[] = [];
  for (const [index, text] of texts.entries()) {
    const [promtool, tocsin] = [theirs[index]!, refusalOf(text)];
    if ((promtool === '') === (tocsin === '')) accepted += tocsin === '' ? 1 : 0;
    else if (isNamed({ text, promtool, tocsin })) named++;
    else disagreements.push({ seed: seeds[index]!, text, promtool, tocsin });
  }
  return { files: count, accepted, named, disagreements };
}

/** What promtool says against each file, empty when it accepts it. */
function promtoolOn(texts: readonly string[]): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-promtool-'));
  try {
    const names = texts.map((text, index) => {
      const name = `f${index}.yml`;
      writeFileSync(join(folder, name), text);
      return name;
    });
    const { stdout, stderr } = spawnSync('promtool', ['check', 'rules', '--lint=none', ...names], {
      cwd: folder,
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    });
    const refused = new Map<string, string>();
    for (const line of `${stdout}\n${stderr}`.split('\n')) {
      const [, name, reason] = /^(f\d+\.yml): (.*)$/.exec(line) ?? [];
      if (name !== undefined) refused.set(name, `${refused.get(name) ?? ''}${reason}\n`);
    }
    return names.map((name) => refused.get(name) ?? '');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What we say against a file, empty when we accept it. */
function refusalOf(text: string): string {
  try {
    loadRules({
      ...{ files: { 'rules.yml': text }, config: { chains: {} }, sources, now: 0, env: {}, readFile: () => '' },
    });
    return '';
  } catch (error) {
    if (error instanceof ConfigErrors) return error.errors.map(({ message }) => message).join('\n');
    throw error;
  }
}
