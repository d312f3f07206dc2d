/** Whole numbers side by side, each of as many bytes as the largest needs. */

const HALF = 2 ** 32;

/** How many bytes numbers up to this need. */
export function widthOf(largest: number): number {
  let width = 0;
  for (let rest = largest; rest >= 1; rest /= 256) width++;
  return width;
}

/** Writes one below 2^53. */
export function writeWhole(whole: number, width: number, into: Uint8Array, at: number): void {
  const lower = whole >>> 0;
  const upper = (whole - lower) / HALF;
  for (let byte = 0; byte < width; byte++)
    into[at + byte] = byte < 4 ? lower >>> (8 * byte) : upper >>> (8 * (byte - 4));
}

export function readWhole(from: Uint8Array, at: number, width: number): number {
  let lower = 0;
  for (let byte = Math.min(width, 4) - 1; byte >= 0; byte--) lower = (lower << 8) | from[at + byte]!;
  let upper = 0;
  for (let byte = width - 1; byte >= 4; byte--) upper = (upper << 8) | from[at + byte]!;
  return upper * HALF + (lower >>> 0);
}
