import type { Span } from './ast.ts';

/** The expression is wrong: its text or its types. */
export class PromqlError extends Error {
  override readonly name: string = 'PromqlError';
  /** Offsets in the source. */
  readonly from: number;
  readonly to: number;

  constructor(message: string, span: Span) {
    super(message);
    this.from = span.from;
    this.to = span.to;
  }
}

/** The expression uses a part of PromQL that is left out on purpose: experimental syntax or native histograms. */
export class Unsupported extends PromqlError {
  override readonly name = 'Unsupported';
  readonly what: string;

  constructor(what: string, span: Span) {
    super(`The ${what} is not supported. Write the expression without it.`, span);
    this.what = what;
  }
}

/** The expression is right and these series do not fit it: a duplicate label set, a match that is not unique. */
export class EvaluationError extends Error {
  override readonly name: string = 'EvaluationError';
}

/** The expression selects more series or samples than it may. */
export class TooExpensive extends EvaluationError {
  override readonly name = 'TooExpensive';
}

/** What belongs together differs from instant to instant: it has to be evaluated at one after the other. */
export class NotAhead extends EvaluationError {
  override readonly name = 'NotAhead';

  constructor() {
    super('The label sets of one instant are not those of the next. Evaluate at each instant by itself.');
  }
}
