/** A seeded source of numbers in [0, 1) (mulberry32): the same seed gives the same run everywhere. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What breaks parsers: brackets, quotes, numbers at the edge, names of prototypes, regular expressions that explode elsewhere. */
const PIECES = [
  ...'(){}[]"\'`,:|&*#!%@<>=~+-/\\ \n\t\0\ud800',
  ...[
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'null',
    '~',
    '<<: *a',
    '&a',
    '!!js/function',
    '${HOME}',
    '${FILE:/etc/passwd}',
  ],
  ...[
    'NaN',
    '-Inf',
    '1e999',
    '-0',
    '0x7fffffffffffffff',
    '99999999999999999999d',
    '[5m:1s]',
    ' offset -1y',
    ' @ end()',
    'bool',
    'group_left(',
  ],
  ...[
    '=~"(a+)+$"',
    '=~"(a|a)*b"',
    '!~".{1000}{1000}"',
    '=~"\\\\"',
    '{{ $labels.x }}',
    '{{ value | percent }}',
    '{% for i in (1..999999999) %}{% endfor %}',
  ],
];

/** One to four edits of a text: cut, repeat, swap, or put in a piece that breaks parsers. */
export function mutate(text: string, random: () => number): string {
  let mutated = text;
  for (let edits = 1 + Math.floor(random() * 4); edits > 0; edits--) mutated = edit(mutated, random);
  return mutated;
}

function edit(text: string, random: () => number): string {
  const at = Math.floor(random() * (text.length + 1));
  const to = Math.min(text.length, at + Math.floor(random() * 12));
  switch (Math.floor(random() * 5)) {
    case 0:
      return text.slice(0, at) + text.slice(to);
    case 1:
      return text.slice(0, to) + text.slice(at, to).repeat(1 + Math.floor(random() * 40)) + text.slice(to);
    case 2:
      return text.slice(0, at) + text.slice(to) + text.slice(at, to);
    default:
      return text.slice(0, at) + PIECES[Math.floor(random() * PIECES.length)]! + text.slice(random() < 0.5 ? at : to);
  }
}

/** A text of nothing but such pieces. */
export function gibberish(random: () => number): string {
  let text = '';
  for (let length = Math.floor(random() * 30); length > 0; length--)
    text += PIECES[Math.floor(random() * PIECES.length)]!;
  return text;
}
