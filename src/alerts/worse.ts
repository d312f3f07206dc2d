import type { Alert, AlertSpec } from '../model/alert.ts';

/**
 * Says whether the peak passed another `step` beyond the threshold of its level. Only the peak counts: a value that went back and comes
 * again is not worse, and nothing has to be remembered but what the alert keeps anyway.
 */
export function isWorse({ peak: before }: Alert, { peak: after, level }: Alert, { steps, step }: AlertSpec): boolean {
  const threshold = steps.find(({ name }) => name === level)?.threshold;
  if (step === undefined || threshold === undefined || before === undefined || after === undefined) return false;
  return before !== after && stepsPast(threshold, after, step) > stepsPast(threshold, before, step);
}

/** -7 % is one step of 5 % past -2 %, although the difference of the two numbers is a little less. */
function stepsPast(threshold: number, value: number, step: number): number {
  return Math.floor(Math.abs(value - threshold) / step + 1e-9);
}
