import { readdirSync, readFileSync } from 'node:fs';

/** The licences of the packages whose files are given, as their authors wrote them. */
export function noticesOf(files: readonly string[]): string {
  const folders = files.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []);
  return [...new Set(folders)]
    .toSorted()
    .map(noticeOf)
    .join(`\n${'-'.repeat(80)}\n\n`);
}

function noticeOf(folder: string): string {
  const { name, version, license, author } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')) as Package;
  const named = (pattern: RegExp) => readdirSync(folder).filter((file) => pattern.test(file));
  const licences = named(/^(licen[cs]e|copying|notice)/i);
  // Some say it at the end of their README.
  const texts = licences.length > 0 ? licences : named(/^readme/i);
  const by = typeof author === 'string' ? author : (author?.name ?? '');
  const written = texts.map((file) => readFileSync(`${folder}/${file}`, 'utf8').trim());
  return `${[`${name} ${version}`, license, by].filter(Boolean).join(', ')}\n\n${written.join('\n\n')}\n`;
}

interface Package {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly author?: string | { readonly name: string };
}
