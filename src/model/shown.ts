/** As the database makes ids of silences. */
export const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const SHORTEST_SECRET = 6;

/** Host and path of a URL, for people: no query, no user; a path segment that looks like a key is `…`. */
export function shownUrl(url: URL): string {
  const path = url.pathname.split('/').map((segment) => (isKeyLike(segment) ? '…' : segment));
  return url.host + path.join('/').replace(/\/$/, '');
}

/** What must not be repeated from a request: header values, user, query values and keys in the path. */
export function secretsOf(url: URL, headers: Readonly<Record<string, string>> = {}): readonly string[] {
  const sent = Object.values(headers).flatMap((value) => [value, ...value.split(' ')]);
  const parts = [
    url.username,
    url.password,
    ...url.searchParams.values(),
    ...url.pathname.split('/').filter(isKeyLike),
  ];
  const all = [...sent, ...parts, ...parts.map((part) => encodeURIComponent(part))];
  return all.filter((value) => value.length >= SHORTEST_SECRET).sort((a, b) => b.length - a.length);
}

/** The text with every one of these values replaced. */
export function scrub(text: string, secrets: readonly string[]): string {
  return secrets.reduce((scrubbed, value) => scrubbed.replaceAll(value, '[secret]'), text);
}

/** Keys are long and mix digits with letters; slugs are lower-case words joined by hyphens, addresses start with `0x`. */
function isKeyLike(segment: string): boolean {
  if (UUID.test(segment)) return true;
  if (!/^(?!0x)(?=.*\d)(?=.*[A-Za-z])[\w-]{20,}$/.test(segment)) return false;
  return /[A-Z]/.test(segment) || !segment.includes('-');
}
