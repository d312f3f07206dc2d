import { escapeHtml } from '../model/html.ts';

/** Text that may stand in a page as it is; `markup` and `trusted` alone make it. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }
}

type Part = Markup | string | number | false | undefined | readonly Part[];

/** Template tag: every inserted value that is not `Markup` is escaped, for text and for quoted attributes. */
export function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(strings.reduce((text, string, index) => text + print(parts[index - 1]) + string));
}

/** Takes a constant of this program as it is. Never for a value that came from outside. */
export function trusted(constant: string): Markup {
  return new Markup(constant);
}

function print(part: Part): string {
  if (part === undefined || part === false) return '';
  if (part instanceof Markup) return part.text;
  if (typeof part === 'object') return part.map(print).join('');
  return escapeHtml(String(part));
}
