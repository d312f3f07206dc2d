import { readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** What node runs for `tocsin`: what `npm install` built, which starts in half the time, unless a source is newer. */
export const TOCSIN: readonly string[] = isBuilt()
  ? [`${ROOT}dist/main.js`]
  : ['--import', import.meta.resolve('tsx'), `${ROOT}src/main.ts`];

function isBuilt(): boolean {
  const built = changedAt('dist/main.js');
  if (built === undefined) return false;
  return readdirSync(`${ROOT}src`, { recursive: true, encoding: 'utf8' }).every(
    (file) => changedAt(`src/${file}`)! <= built,
  );
}

/** Unix time in ms; undefined when the file is not there. */
function changedAt(file: string): number | undefined {
  return statSync(`${ROOT}${file}`, { throwIfNoEntry: false })?.mtimeMs;
}
