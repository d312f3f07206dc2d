import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Output } from '../../src/cli/output.ts';

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command in a folder, with these variables beside those of the shell. */
export async function tocsin(
  cwd: string,
  command: (output: Output) => Promise<number>,
  env: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  const before = { cwd: process.cwd(), env: { ...process.env } };
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  process.chdir(cwd);
  Object.assign(process.env, env);
  try {
    const code = await command({ stdout, stderr });
    return { code, stdout: await text(stdout.end()), stderr: await text(stderr.end()) };
  } finally {
    process.chdir(before.cwd);
    process.env = before.env;
  }
}

/** A new folder with these files: path → text. */
export function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-cli-'));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}
