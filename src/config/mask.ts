/** Each after what tells of it. Runs are bounded and no pattern looks back, so that a line of a megabyte is read in one go. */
const USER = /(:\/\/)([^\s"'@/]+)(?=@)/g;
const URL_PATH = /(\b[a-z][a-z0-9+.-]{0,63}:\/\/[^\s"'/?#]*)([/?#][^\s"'},\]]*)/gi;
const KEYED =
  /((?:password|passwd|secret|token|(?:api|routing|service)_?key|auth|credential)\w{0,63}["']?\s{0,999}:\s{0,999})([^\s,}][^,}]*\}?)/gi;

const ADDRESS = /^["']?0x[0-9a-f]{40}["']?$/i;

/** Hides what may be a secret in a line of a file, keeping every column: users and paths of web addresses, values of telling keys. */
export function mask(line: string): string {
  return [USER, URL_PATH, KEYED].reduce((text, pattern) => text.replace(pattern, hide), line);
}

function hide(_found: string, before: string, secret: string): string {
  return before + stars(secret);
}

/** A reference only names a secret, and the address of a contract is none. */
function stars(text: string): string {
  return text.includes('${') || ADDRESS.test(text) ? text : text.replace(/[^\s}]/g, '*');
}
