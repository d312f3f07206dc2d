/** The database cannot be used; the text says what to do. Thrown at start only. */
export class PostgresError extends Error {
  override readonly name = 'PostgresError';
}
