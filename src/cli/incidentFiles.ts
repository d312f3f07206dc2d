import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { CsvError } from '../backtest/csv.ts';
import type { Incident } from '../backtest/incident.ts';
import { readIncident } from '../config/readIncident.ts';
import { INCIDENTS } from './package.ts';

/** No incident of that name or folder. */
export class NoIncident extends Error {
  override readonly name = 'NoIncident';
}

const FILE = 'incident.yaml';

/** Folders of the incidents that are named, by name or folder; all that ship and the user's own when none is. @throws {NoIncident} */
export function incidentFolders(names: readonly string[], cwd: string): readonly string[] {
  if (names.length === 0) return [...new Set([INCIDENTS, resolve(cwd, 'incidents')])].flatMap(foldersIn);
  return names.flatMap((name) => {
    const places = [resolve(cwd, name), join(cwd, 'incidents', name), join(INCIDENTS, name)];
    const found = places.find((place) => existsSync(join(place, FILE)));
    if (found !== undefined) return [found];
    const many = foldersIn(places[0]!);
    if (many.length > 0) return many;
    throw new NoIncident(
      `Found no incident "${name}". Expected a folder with ${FILE}, or one of ${foldersIn(INCIDENTS)
        .map((place) => place.split(sep).at(-1))
        .join(', ')}.`,
    );
  });
}

/** Reads the incident of a folder. @throws {ConfigErrors} */
export function openIncident(folder: string, cwd: string): Incident {
  const path = join(folder, FILE);
  const shown = relative(cwd, path);
  return readIncident({
    file: shown.startsWith('..') ? path : shown,
    text: readFileSync(path, 'utf8'),
    read: (file) => readData(join(folder, file)),
  });
}

/** Content of a file, unzipped when it is; `undefined` when it is not there. @throws {CsvError} when it cannot be unzipped */
function readData(path: string): Uint8Array | undefined {
  if (!existsSync(path) || statSync(path).isDirectory()) return undefined;
  const bytes = readFileSync(path);
  if (bytes[0] !== GZIP[0] || bytes[1] !== GZIP[1]) return bytes;
  try {
    return gunzipSync(bytes);
  } catch (error) {
    throw new CsvError(`cannot be unzipped (${(error as Error).message}); expected a whole gzip file`, 1, 1);
  }
}

/** The first two bytes of RFC 1952. */
const GZIP = [0x1f, 0x8b];

function foldersIn(place: string): readonly string[] {
  if (!existsSync(place)) return [];
  return readdirSync(place, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(place, entry.name, FILE)))
    .map((entry) => join(place, entry.name))
    .sort();
}
