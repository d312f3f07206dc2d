import type { Scalar } from 'yaml';

/**
 * Finds where character `index` of a text's value stands in the file. Quotes, escapes, indents and folded lines lie between the two,
 * so both are walked together: every visible character of the value stands in the file in the same order.
 */
export function scalarOffset(source: string, scalar: Scalar, index: number): number {
  const [start, end] = scalar.range ?? [0, 0];
  const value = String(scalar.value);
  const escapes = scalar.type === 'QUOTE_DOUBLE';
  let at = contentStart(source, scalar, start);
  for (let i = 0; i < value.length && at < end; i++) {
    if (/\s/.test(value[i]!)) continue;
    while (at < end && source[at] !== value[i])
      at += escapes && source[at] === '\\' && source[at + 1] !== value[i] ? 2 : 1;
    if (i >= index) return at;
    at++;
  }
  return Math.min(at, Math.max(start, end - 1));
}

/** After the opening quote, or on the line below `|` or `>`. */
function contentStart(source: string, scalar: Scalar, start: number): number {
  if (scalar.type === 'BLOCK_LITERAL' || scalar.type === 'BLOCK_FOLDED') return source.indexOf('\n', start) + 1;
  return scalar.type === 'QUOTE_DOUBLE' || scalar.type === 'QUOTE_SINGLE' ? start + 1 : start;
}
