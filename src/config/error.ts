import type { Position } from '../model/rule.ts';

/** An operator must edit a file. `message` is one sentence; `text` adds the place, the line and a caret. Holds no secret. */
export class ConfigError extends Error implements Position {
  override readonly name = 'ConfigError';
  readonly file: string;
  /** 1-based, as `column`. */
  readonly line: number;
  readonly column: number;
  /** `file:line:column: message`, and below it the line with a caret. */
  readonly text: string;
  readonly #excerpt: string;

  constructor(message: string, at: Position, excerpt = '') {
    super(message);
    ({ file: this.file, line: this.line, column: this.column } = at);
    this.text = `${at.file}:${at.line}:${at.column}: ${message}${excerpt === '' ? '' : `\n${excerpt}`}`;
    this.#excerpt = excerpt;
  }

  /** The same complaint, with another place below that has its part in it. */
  and(other: ConfigError): ConfigError {
    return new ConfigError(this.message, this, [this.#excerpt, other.text].filter((text) => text !== '').join('\n'));
  }
}

/** Everything that is wrong, in the order of the files. */
export class ConfigErrors extends Error {
  override readonly name = 'ConfigErrors';
  readonly errors: readonly ConfigError[];

  constructor(errors: readonly ConfigError[]) {
    const sorted = [...errors].sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line || a.column - b.column);
    super(sorted.map((error) => error.text).join('\n'));
    this.errors = sorted;
  }
}
