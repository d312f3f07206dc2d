/** The part of pino that is used here. */
export interface Log {
  readonly warn: (fields: object, message: string) => void;
  readonly error: (fields: object, message: string) => void;
}
