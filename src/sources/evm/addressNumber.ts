/** 2^53 − 111: the largest prime that a double holds, so that every digit counts. */
const PRIME = 9_007_199_254_740_881n;

/** An address or a longer word as a whole number that a double holds exactly: equal words are equal, others differ but by a rare chance. */
export function addressNumber(word: string): number {
  return word === '0x' ? 0 : Number(BigInt(word) % PRIME);
}
