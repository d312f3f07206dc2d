import { readdirSync, readFileSync } from 'node:fs';

const FOLDER = new URL('../../rules/kinds/', import.meta.url);

/** The files of the kinds that ship, as a configuration holds them: path as shown → text. */
export const KIND_FILES: Readonly<Record<string, string>> = Object.fromEntries(
  readdirSync(FOLDER)
    .filter((name) => !name.endsWith('.test.yaml'))
    .map((name) => [`kinds/${name}`, readFileSync(new URL(name, FOLDER), 'utf8')]),
);

/** The tests of one kind. */
export function testsOf(kind: string): string {
  return readFileSync(new URL(`${kind}.test.yaml`, FOLDER), 'utf8');
}
