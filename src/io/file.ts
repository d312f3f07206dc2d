import { readFile, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { FileReads } from '../model/source.ts';
import { SourceError } from '../model/source.ts';

const unzip = promisify(gunzip);

/** Reads local text files, plain or gzip, of up to `maxBytes` unpacked. */
export function createFiles(maxBytes = 64 * 2 ** 20): FileReads {
  const text = async (path: string) => {
    const { size } = await stat(path);
    if (size > maxBytes) throw new RangeError(`larger than ${maxBytes / 2 ** 20} MB`);
    const bytes = await readFile(path);
    const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
    return (isGzip ? await unzip(bytes, { maxOutputLength: maxBytes }) : bytes).toString('utf8');
  };
  return { text: (path) => text(path).catch((cause: unknown) => Promise.reject(unreadable(path, cause))) };
}

function unreadable(path: string, cause: unknown): SourceError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new SourceError(`"${path}" cannot be read: ${why}. Check \`path\`.`, { retryable: true, cause });
}
