import type { Logger } from 'pino';
import type { Settings } from '../config/loadConfig.ts';
import type { LoadedRules } from '../config/loadRules.ts';
import type { RuleSet } from '../model/config.ts';
import type { Covered } from '../model/coverage.ts';

/** Path as shown → text. */
export type RuleTexts = Readonly<Record<string, string>>;

export interface AppOptions {
  readonly settings: Settings;
  readonly version: string;
  readonly log: Logger;
  /** Rule files as they are on disk now. */
  readonly readFiles: () => RuleTexts;
  /** Folders and files that are watched for changes. */
  readonly rulePlaces: readonly string[];
  /** @throws {ConfigErrors} */
  readonly loadRules: (files: RuleTexts, now: number) => LoadedRules;
  /** What rules leave open; nothing is said of it when absent. */
  readonly coverage?: (rules: RuleSet) => readonly Covered[];
}

/** Hears how to close what was opened. */
export type OnStop = (close: () => Promise<void>) => void;
