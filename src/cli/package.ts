import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The package's own folder: the nearest with a `package.json`, however deep a build puts this file. */
const PACKAGE = packageAbove(import.meta.dirname);
export const RULES = join(PACKAGE, 'rules');
export const PACKS = join(RULES, 'packs');
export const KINDS = join(RULES, 'kinds');
export const INCIDENTS = join(PACKAGE, 'incidents');

export const VERSION = (JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')) as { version: string }).version;

function packageAbove(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : packageAbove(dirname(folder));
}
