import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Artifact } from '../../../demo/chain/artifacts.ts';

const require = createRequire(import.meta.url);
const CACHE = join(import.meta.dirname, '../../../.cache/contracts');

interface Settings {
  /** npm name of the compiler. */
  readonly solc?: string;
  readonly viaIR?: boolean;
  readonly runs?: number;
}

/** Compiles Solidity files (of this folder, or of npm packages) once, then takes them from `.cache/`. */
export function compile(entries: readonly string[], { solc = 'solc', viaIR = false, runs = 200 }: Settings = {}) {
  const sources = Object.fromEntries(entries.map((entry) => [entry, { content: contentOf(entry) }]));
  const versions = [solc, '@openzeppelin/contracts', '@morpho-org/morpho-blue'].map(
    (name) => require(`${name}/package.json`).version as string,
  );
  const key = createHash('sha256')
    .update(JSON.stringify([sources, versions, viaIR, runs]))
    .digest('hex');
  const cached = join(CACHE, `${key.slice(0, 16)}.json`);
  if (existsSync(cached)) return JSON.parse(readFileSync(cached, 'utf8')) as Readonly<Record<string, Artifact>>;
  const artifacts = run(sources, { solc, viaIR, runs });
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(cached, JSON.stringify(artifacts));
  return artifacts;
}

function contentOf(path: string): string {
  const own = join(import.meta.dirname, 'contracts', path);
  return readFileSync(existsSync(own) ? own : packaged(path), 'utf8');
}

/** A file of a package, past its `exports`. */
function packaged(path: string): string {
  const name = path.split('/').slice(0, 2).join('/');
  return join(dirname(require.resolve(`${name}/package.json`)), path.slice(name.length));
}

function run(sources: object, { solc, viaIR, runs }: Required<Settings>): Readonly<Record<string, Artifact>> {
  const compiler: { compile: (input: string, callbacks: { import: (path: string) => object }) => string } = require(
    solc,
  );
  const settings = {
    viaIR,
    optimizer: { enabled: true, runs },
    outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object'] } },
  };
  const output = JSON.parse(
    compiler.compile(JSON.stringify({ language: 'Solidity', sources, settings }), {
      import: (path) => ({ contents: contentOf(path) }),
    }),
  );
  const errors = (output.errors ?? []).filter(({ severity }: { severity: string }) => severity === 'error');
  if (errors.length > 0) throw new Error(errors[0].formattedMessage);
  const files = Object.values(
    output.contracts as Record<string, Record<string, { abi: never; evm: { bytecode: { object: string } } }>>,
  );
  return Object.fromEntries(
    files.flatMap((file) =>
      Object.entries(file).map(([name, { abi, evm }]) => [
        name,
        { abi, bytecode: `0x${evm.bytecode.object}` as const },
      ]),
    ),
  );
}
