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
