import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFiles } from '../../src/io/file.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tocsin-file-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function written(name: string, content: string | Buffer): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

describe('createFiles', () => {
  it('reads plain text and gzip', async () => {
    expect(await createFiles().text(written('a.csv', 'a,b'))).toBe('a,b');
    expect(await createFiles().text(written('a.csv.gz', gzipSync('a,b')))).toBe('a,b');
  });

  it.each([
    ['a file that is too large', 'x'.repeat(2000), 'larger than'],
    ['a small file that unpacks to too much', gzipSync('x'.repeat(100_000)), 'larger than'],
    ['a broken archive', Buffer.from([0x1f, 0x8b, 1, 2, 3]), 'cannot be read'],
  ])('refuses %s', async (_, content, said) => {
    await expect(createFiles(1000).text(written('b', content))).rejects.toThrow(said);
  });

  it('says which file is missing', async () => {
    const path = join(folder, 'gone.csv');
    await expect(createFiles().text(path)).rejects.toThrow(`"${path}" cannot be read: ENOENT`);
  });
});
