import { readFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { isJudged, onlySections } from '../config/judgedPart.ts';
import { loadRules } from '../config/loadRules.ts';
import { readNamedFiles } from '../config/ruleFiles.ts';
import { toPrometheus } from '../rules/toPrometheus.ts';
import * as sources from '../sources/index.ts';
import { RULES } from './package.ts';

export interface ExportIo {
  readonly cwd: string;
  readonly now: number;
  readonly write: (text: string) => void;
  readonly warn: (text: string) => void;
}

/**
 * `tocsin export prometheus [PLACE…]`: writes rules as Prometheus reads them. Returns the exit code: 3 when something cannot be said
 * there, unless that is accepted. @throws {ConfigErrors} when the rules are not valid
 */
export function exportRules(
  places: readonly string[],
  { lossy = false }: { readonly lossy?: boolean },
  { cwd, now, write, warn }: ExportIo,
): number {
  const named = readNamedFiles(cwd, places.length === 0 ? ['rules'] : places);
  const files = { ...readNamedFiles(RULES, ['kinds']), ...named };
  const { rules } = loadRules({
    ...{ env: {}, config: { chains: {} }, sources, now },
    readFile: (path) => readFileSync(path, 'utf8'),
    files: Object.fromEntries(Object.entries(files).map(([path, text]) => [path, onlySections(path, text, isJudged)])),
  });
  const { groups, lost } = toPrometheus(rules.groups);
  write(stringify({ groups }, { lineWidth: 0, aliasDuplicateObjects: false }));
  for (const sentence of lost) warn(`${sentence}\n`);
  if (lost.length === 0 || lossy) return 0;
  warn(`${lost.length} things cannot be said in Prometheus. With --lossy they are left out without complaint.\n`);
  return 3;
}
