import { existsSync, readFileSync } from 'node:fs';
import { advise } from '../config/advice.ts';
import { loadConfig } from '../config/loadConfig.ts';
import type { Settings } from '../config/loadConfig.ts';
import { loadRules } from '../config/loadRules.ts';
import type { LoadedRules } from '../config/loadRules.ts';
import { packNames, readRuleFiles } from '../config/ruleFiles.ts';
import * as notifiers from '../notifiers/index.ts';
import * as sources from '../sources/index.ts';
import { KINDS, PACKS } from './package.ts';

const DEFAULT_FILE = 'tocsin.yaml';

export interface Configuration {
  readonly settings: Settings;
  /** Rule files: path as shown → text. */
  readonly files: Readonly<Record<string, string>>;
  /** The same, read again. */
  readonly readFiles: () => Readonly<Record<string, string>>;
  /** Where the user's rule files are. */
  readonly rulePlaces: readonly string[];
  readonly loadRules: (files: Readonly<Record<string, string>>, now: number) => LoadedRules;
}

export interface Choices {
  /** Path of `tocsin.yaml`; the one in the working folder, if there is one, unless given. */
  readonly config?: string;
  readonly data?: string;
}

/** Reads `.env`, `tocsin.yaml` and the rule files of the working folder. @throws {ConfigErrors} when `tocsin.yaml` is not valid. */
export function readConfiguration(choices: Choices): Configuration {
  if (existsSync('.env')) process.loadEnvFile('.env');
  const file = choices.config ?? DEFAULT_FILE;
  const lookup = { env: process.env, readFile: (path: string) => readFileSync(path, 'utf8') };
  const text = choices.config !== undefined || existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  const read = loadConfig({ ...lookup, file, text, notifiers, packs: packNames(PACKS), exists: existsSync });
  const { rules, packs } = read;
  const readNow = () => readRuleFiles({ cwd: process.cwd(), rules, packs, packFolder: PACKS, kindFolder: KINDS });
  const { files, own } = readNow();
  const settings = {
    ...read,
    ...(choices.data !== undefined && { data: choices.data }),
    advice: advise(read, own),
  };
  return {
    settings,
    files,
    readFiles: () => readNow().files,
    rulePlaces: rules.map((place) => place.split('*')[0] || '.'),
    loadRules: (from, now) => loadRules({ ...lookup, files: from, config: settings, sources, now }),
  };
}
