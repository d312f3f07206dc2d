import type { Path } from '../config/yamlFile.ts';
import type { Position, Rule } from '../model/rule.ts';
import type { Source } from '../model/source.ts';
import type { World } from './world.ts';

export type Severity = 'error' | 'warning';

/** What a reader of the rule files should look at. */
export interface Finding extends Position {
  /** Stable; `docs/checks/<id>.md` explains it. */
  readonly id: string;
  readonly severity: Severity;
  /** What is wrong, why it matters, what to do. */
  readonly message: string;
  /** The line with a caret below; empty when there is no such line. */
  readonly excerpt: string;
}

/** A written thing that a check speaks of. */
export type Subject = { readonly rule: Rule } | { readonly source: Source } | { readonly asset: string };

/** What a check found, before it is known where that stands. */
export interface Problem {
  readonly at: Subject;
  /** Keys below the subject; the subject itself unless given. */
  readonly path?: Path;
  /** Characters of the text at `path`. */
  readonly span?: readonly [from: number, to: number];
  readonly message: string;
}

/** One thing a reviewer looks for: one file, one id, one page. */
export interface Check {
  readonly id: string;
  /** In a plain Prometheus rule an error is a warning: Prometheus accepts it. */
  readonly severity: Severity;
  readonly run: (world: World) => readonly Problem[];
}
