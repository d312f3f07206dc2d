import { clip } from './content.ts';
import { escapeWith } from './escape.ts';
import { webAddress } from './web-address.ts';

// https://docs.slack.dev/messaging/formatting-message-text#escaping: `&`, `<` and `>` are Slack's own, which also stops pings.
const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
// Slack has no escape for its formatting characters; look-alikes show the same and format nothing.
const LOOKALIKES: Readonly<Record<string, string>> = { '*': '∗', '~': '∼', '`': 'ˋ' };

/** Text from outside, escaped, at most `most` characters long once escaped. */
export function escape(text: string, most: number): string {
  return escapeWith(ESCAPES, text, most);
}

/** Text from outside that formats nothing and pings nobody, whatever is in it. */
export function prose(text: string, most: number): string {
  const flat = clip(text, most)
    .replace(/[*~`]/g, (character) => LOOKALIKES[character]!)
    .replace(/(?<![\p{L}\p{N}_])_+|_+(?![\p{L}\p{N}_])/gu, (run) => '＿'.repeat(run.length));
  return escape(flat, most);
}

/** Text from outside as it stands, in a fixed-width font. */
export function code(text: string, most: number): string {
  return `\`${escape(clip(text, most).replaceAll('`', 'ˋ'), most - 2)}\``;
}

/** A link to a web address that cannot break out of it; anything else stays text. */
export function link(url: string, text: string): string {
  const address = webAddress(url)?.replaceAll('|', '%7C');
  return address === undefined ? prose(url, 250) : `<${escape(address, 1600)}|${prose(text, 250)}>`;
}
