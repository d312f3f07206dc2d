/** Names the closest of `words` as `; did you mean "…"?`, or nothing when none is close. */
export function didYouMean(word: string, words: Iterable<string>): string {
  let best: string | undefined;
  let least = Math.max(2, Math.ceil(word.length / 3)) + 1;
  for (const candidate of words) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < least) [best, least] = [candidate, distance];
  }
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

/** Insertions, deletions and replacements between two words (Levenshtein). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
