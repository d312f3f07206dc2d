import type { Labels } from './labels.ts';

export const LEVELS = ['info', 'warning', 'critical'] as const;

/** A severity inside one rule; the order of `LEVELS` is its rank. */
export type LevelName = (typeof LEVELS)[number];

/** Where something stands in the user's files; 1-based. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** When a level is entered and left. Exactly one of `above` and `below` is set; thresholds are in the metric's base unit. */
export interface Level {
  readonly name: LevelName;
  readonly above?: number;
  readonly below?: number;
  /** ms the condition must hold before the level is entered. */
  readonly for: number;
  /** The level is left when the value is back at this; at least as strict as the threshold. */
  readonly clear: number;
  /** How the threshold was written (`-2%`), for messages. */
  readonly written: string;
}

/** How much worse is worth another message. Positive. */
export interface Step {
  /** In the value's base unit. */
  readonly size: number;
  readonly written: string;
}

export interface RecordRule {
  readonly record: string;
  readonly expr: string;
  /** `drop`: written while every selector has a fresh series; otherwise while no input is stale. */
  readonly missing?: 'drop';
  readonly labels: Labels;
  readonly position: Position;
}

/** The kind that a rule was expanded from. */
export interface KindUse {
  readonly name: string;
  readonly title: string;
  /** The sentence a rule of this kind reads as; a Liquid template, the default summary. */
  readonly says: string;
  readonly timing: 'leading' | 'lagging';
  /** Parameter → the text that stands for it in `expr`, defaults included. */
  readonly with: Readonly<Record<string, string>>;
}

/** Levels judge the value of `expr`; without levels `expr` is a plain Prometheus alerting expression. */
export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly levels: readonly Level[];
  /** ms, for a rule without levels. */
  readonly for: number;
  /** ms; delays every step down. */
  readonly keepFiringFor: number;
  /** Told anew each time the value is worse by another one of these; only with levels. */
  readonly step?: Step;
  /** `hold`: any stale input makes the verdict unknown; `drop`: only a leaf without any fresh series does. */
  readonly missing: 'hold' | 'drop';
  /** Part of the alert's identity, as in Prometheus. */
  readonly labels: Labels;
  readonly annotations: Labels;
  /** `go`: annotations are Go templates (plain Prometheus files); `liquid`: ours. */
  readonly templates: 'go' | 'liquid';
  readonly position: Position;
  /** Set when `expr` was not written but expanded. */
  readonly kind?: KindUse;
  /** Where the other rules of the same name and labels stand whose expressions are part of `expr`. */
  readonly merged?: readonly Position[];
}

export type Rule = RecordRule | AlertRule;

export interface RuleGroup {
  /** Unique over all files. */
  readonly name: string;
  /** ms: the fallback; readings trigger evaluation at once. */
  readonly interval: number;
  readonly rules: readonly Rule[];
}

/** A thing with a value, identified by its id; the name is for display only. */
export interface Asset {
  readonly id: string;
  readonly name: string;
  readonly class?: string;
  readonly issuer?: string;
  readonly peg?: string;
  /** Contract or mint address by chain name. */
  readonly on: Readonly<Record<string, string>>;
}
