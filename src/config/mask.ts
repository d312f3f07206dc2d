const USER = /(?<=:\/\/)[^\s"'@/]+(?=@)/g;
const URL_PATH = /(?<=\b[a-z][a-z0-9+.-]*:\/\/[^\s"'/?#]*)[/?#][^\s"'},\]]*/gi;
const KEYED = /(?<=(?:password|passwd|secret|token|api_?key|auth|credential)\w*["']?\s*:\s*)[^\s,}][^,}]*\}?/gi;

/** Hides what may be a secret in a line of a file, keeping every column: users and paths of web addresses, values of telling keys. */
export function mask(line: string): string {
  return [USER, URL_PATH, KEYED].reduce((text, pattern) => text.replace(pattern, stars), line);
}

/** References are no secret: they only name one. */
function stars(text: string): string {
  return text.includes('${') ? text : text.replace(/[^\s}]/g, '*');
}
