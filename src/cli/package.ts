import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The package's own folder. */
const PACKAGE = fileURLToPath(new URL('../..', import.meta.url));
export const PACKS = join(PACKAGE, 'rules', 'packs');
export const KINDS = join(PACKAGE, 'rules', 'kinds');
export const INCIDENTS = join(PACKAGE, 'incidents');

export const VERSION = (JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')) as { version: string }).version;
