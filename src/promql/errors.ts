/** The expression is wrong: its text or its types. */
export class PromqlError extends Error {
  override readonly name = 'PromqlError';
  /** Offsets in the source. */
  readonly from: number;
  readonly to: number;

  constructor(message: string, span: { readonly from: number; readonly to: number }) {
    super(message);
    this.from = span.from;
    this.to = span.to;
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
