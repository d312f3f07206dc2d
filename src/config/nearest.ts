import { nearest } from '../model/nearest.ts';

/** Names the closest of `words` as `; did you mean "…"?`, or nothing when none is close. */
export function didYouMean(word: string, words: Iterable<string>): string {
  const best = nearest(word, words, Math.max(2, Math.ceil(word.length / 3)));
  return best === undefined ? '' : `; did you mean "${best}"?`;
}

/** Says that `word` is none of `words`: the nearest one, or all of them when they are few. */
export function unknownWord(what: string, word: string, words: Iterable<string>): string {
  const all = [...words];
  const hint = didYouMean(word, all);
  if (hint !== '') return `unknown ${what} "${word}"${hint}`;
  if (all.length === 0) return `unknown ${what} "${word}"; there is none`;
  const shown = all.length <= 16 ? all.join(', ') : `${all.slice(0, 16).join(', ')}, …`;
  return `unknown ${what} "${word}"; expected ${shown}`;
}
