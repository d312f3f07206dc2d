/** What a regular expression has matched. */
interface Match {
  readonly group: (group?: number | string) => string | null;
}

const REFERENCE = /\$(?:\$|([\p{L}\p{Nd}_]+)|\{([\p{L}\p{Nd}_]+)\})/gu;

/** Puts groups into a template as Go does: `$1`, `${1}`, `$name`; `$$` is a dollar, and a group that is not there is empty. */
export function expand(template: string, match: Match): string {
  return template.replaceAll(REFERENCE, (reference, bare?: string, braced?: string) => {
    const name = bare ?? braced;
    return name === undefined ? reference.slice(1) : groupOf(match, name);
  });
}

function groupOf(match: Match, name: string): string {
  try {
    return match.group(/^\d+$/.test(name) ? Number(name) : name) ?? '';
  } catch {
    return '';
  }
}
