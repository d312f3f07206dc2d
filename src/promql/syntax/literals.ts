import { parseDuration } from '../../model/duration.ts';

const CONTROL: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};
const BYTES = /(?:\\x[0-9a-fA-F]{2}|\\[0-3][0-7]{2})+/;
const ESCAPE = new RegExp(`${BYTES.source}|\\\\(?:u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[^]?)`, 'g');

/** Reads a number as PromQL writes it; a duration is its seconds. */
export function readNumber(text: string): number {
  const sign = text.startsWith('-') ? -1 : 1;
  const digits = text.replace(/^[+-]\s*/, '').replaceAll('_', '');
  if (/^inf$/i.test(digits)) return sign * Infinity;
  if (/^nan$/i.test(digits)) return NaN;
  if (/^0[0-7]+$/.test(digits)) return sign * Number.parseInt(digits, 8);
  const duration = /[a-z]$/i.test(digits) && !digits.startsWith('0x') ? parseDuration(digits) : undefined;
  return sign * (duration === undefined ? Number(digits) : duration / 1000);
}

/** Reads a quoted text, or `undefined` when it is not closed or holds an unknown escape. Backticks quote raw text. */
export function readText(quoted: string): string | undefined {
  const quote = quoted[0];
  if (quoted.length < 2 || !quoted.endsWith(quote!)) return undefined;
  const inner = quoted.slice(1, -1);
  if (quote === '`') return inner;
  let valid = true;
  const text = inner.replaceAll(ESCAPE, (escape) => {
    const meant = BYTES.test(escape) ? readBytes(escape) : unescape(escape.slice(1));
    valid &&= meant !== undefined;
    return meant ?? '';
  });
  return valid ? text : undefined;
}

/** Escaped bytes are UTF-8. A byte that is not stands as a lone surrogate, which no label value has. */
function readBytes(escapes: string): string {
  const codes = bytesOf(escapes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(codes));
  } catch {
    return codes.map((code) => String.fromCharCode(code < 0x80 ? code : 0xdc00 + code)).join('');
  }
}

function bytesOf(escapes: string): number[] {
  const found = escapes.matchAll(/\\(?:x([0-9a-fA-F]{2})|([0-7]{3}))/g);
  return Array.from(found, ([, hex, octal]) =>
    hex === undefined ? Number.parseInt(octal!, 8) : Number.parseInt(hex, 16),
  );
}

function unescape(escape: string): string | undefined {
  if (/^[\\'"]$/.test(escape)) return escape;
  if (/^[a-z]$/.test(escape)) return CONTROL[escape];
  const code = Number.parseInt(escape.slice(1), 16);
  return code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
}
