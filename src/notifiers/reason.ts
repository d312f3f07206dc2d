import { scrub } from '../model/shown.ts';

/** The innermost reason of a failure, as an error that holds nothing but a scrubbed sentence and its code. Longest secret first. */
export function reasonOf(error: unknown, secrets: readonly string[]): Error {
  let inner = error;
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause;
  const message = inner instanceof Error ? inner.message : String(inner);
  const reason = new Error(scrub(message, secrets));
  const code = codeOf(inner);
  return code === undefined ? reason : Object.assign(reason, { code });
}

export function codeOf(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === 'string' ? code : undefined;
}
