import type { Span } from './ast.ts';
import { PromqlError } from './errors.ts';

/** @throws {PromqlError} for an empty name or one that is no Unicode text. */
export function assertLabelName(name: string, at: Span): void {
  if (name !== '' && !/\p{Surrogate}/u.test(name)) return;
  throw new PromqlError(`"${name}" is no label name. Write a Unicode text that is not empty.`, at);
}
