import { clip } from './content.ts';

/** Text from outside with these characters replaced, at most `most` characters long once replaced. */
export function escapeWith(escapes: Readonly<Record<string, string>>, text: string, most: number): string {
  let escaped = '';
  for (const character of clip(text, most)) {
    const next = escapes[character] ?? character;
    if (escaped.length + next.length > most - 1) return `${escaped}…`;
    escaped += next;
  }
  return escaped;
}

/** Lines from outside, each escaped by its service's rules, at most `most` characters long together. */
export function escapeLines(
  lines: readonly string[],
  most: number,
  escape: (line: string, most: number) => string,
): string {
  let text = '';
  for (const line of lines) {
    const next = text === '' ? escape(line, most - 2) : `${text}\n${escape(line, most)}`;
    if (next.length > most - 2) return `${text}\n…`;
    text = next;
  }
  return text;
}
