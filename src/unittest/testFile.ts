import type { Labels } from '../model/labels.ts';
import type { Asset, LevelName, Position, RuleGroup } from '../model/rule.ts';

/** One file of unit tests, ready to run. Times are ms from the start of each test. */
export interface TestFile {
  readonly evaluationInterval: number;
  /** In the order of evaluation. */
  readonly groups: readonly RuleGroup[];
  /** Series that hold from the start on with the value 1, such as `asset_info`. */
  readonly facts: readonly Labels[];
  readonly assets: Readonly<Record<string, Asset>>;
  readonly tests: readonly UnitTest[];
}

export interface UnitTest {
  readonly position: Position;
  readonly name?: string | undefined;
  /** ms between two values of a series. */
  readonly interval: number;
  /** ms: older than this a series is stale. */
  readonly maxAge: number;
  readonly series: readonly InputSeries[];
  readonly externalLabels: Labels;
  readonly externalUrl: string;
  readonly fuzzy: boolean;
  readonly expressions: readonly ExpressionTest[];
  readonly alerts: readonly AlertTest[];
  readonly notifications: readonly NotificationTest[];
}

/** A series and its values, one for each interval. */
export interface InputSeries {
  readonly labels: Labels;
  readonly values: readonly InputValue[];
}

/** `null` is a missing sample; `gone` says that the series is over until its next value. */
export type InputValue = number | null | 'gone';

export interface ExpressionTest {
  readonly position: Position;
  readonly expr: string;
  readonly at: number;
  readonly expected: readonly { readonly labels: Labels; readonly value: number }[];
}

export interface AlertTest {
  readonly position: Position;
  readonly alert: string;
  readonly at: number;
  readonly expected: readonly ExpectedAlert[];
}

export interface ExpectedAlert {
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly state: 'pending' | 'firing';
  readonly level?: LevelName | undefined;
}

export interface NotificationTest {
  readonly position: Position;
  readonly at: number;
  readonly receiver: string;
  readonly expected: readonly ExpectedTelling[];
}

/** One alert of a message. */
export interface ExpectedTelling {
  readonly alert: string;
  readonly labels: Labels;
  readonly level?: LevelName | undefined;
  /** As in a message: `firing`, `warning → critical`, `resolved`. */
  readonly changes: readonly string[];
}

/** What became of one expectation; `expected` and `got` are sorted lines, absent when it could not be judged. */
export interface Outcome {
  readonly position: Position;
  readonly about: string;
  readonly passed: boolean;
  readonly error?: string;
  readonly expected?: readonly string[];
  readonly got?: readonly string[];
}
