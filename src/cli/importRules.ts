import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { ConfigErrors } from '../config/error.ts';
import { importPrometheus } from '../config/importPrometheus.ts';
import { loadRules } from '../config/loadRules.ts';
import * as sources from '../sources/index.ts';

export interface ImportIo {
  readonly cwd: string;
  readonly now: number;
  readonly write: (text: string) => void;
  readonly warn: (text: string) => void;
}

/**
 * `tocsin import prometheus FILE…`: writes each Prometheus rule file as one of ours. Returns the exit code: 1 when what was written is
 * not a valid rule file, with every reason.
 */
export function importRules(files: readonly string[], { cwd, now, write, warn }: ImportIo): number {
  let code = 0;
  for (const [index, file] of files.entries()) {
    try {
      const { text, done } = importPrometheus(file, readFileSync(resolve(cwd, file), 'utf8'));
      write(`${index === 0 ? '' : '---\n'}${text}`);
      for (const sentence of done) warn(`${file}: ${sentence}\n`);
      loadRules({ files: { [file]: text }, config: { chains: {} }, sources, now, env: {}, readFile: () => '' });
    } catch (error) {
      if (!(error instanceof ConfigErrors)) throw error;
      warn(`${error.message}\n`);
      code = 1;
    }
  }
  return code;
}
