import { setFlagsFromString } from 'node:v8';

/** By how many per cent the heap grows over what lives in it before it is collected. */
const LEAN = 25;
const FREE = 250;

let isLean = false;

/**
 * V8 lets a heap grow to several times of what lives in it before it collects. A worker lives for months beside a database: a
 * few per cent of CPU are better spent on staying small.
 */
export function stayLean(): void {
  isLean = true;
  growBy(LEAN);
}

/**
 * While thousands of alerts are held at once, being lean takes a tenth of the time until they are told, and a sixth with Node.js 24.
 * Nor does V8 look for garbage beside the work then: it would begin in a pause, find hardly any, and take the processors from those who tell.
 */
export function growFreely(freely: boolean): void {
  if (!isLean) return;
  growBy(freely ? FREE : LEAN);
  setFlagsFromString(freely ? '--no-incremental-marking' : '--incremental-marking');
}

function growBy(percent: number): void {
  setFlagsFromString(`--heap-growing-percent=${percent}`);
}
