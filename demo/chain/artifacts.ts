import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Abi, Hex } from 'viem';

const require = createRequire(import.meta.url);
const CACHE = join(import.meta.dirname, '../../.cache/contracts');
const SOURCE = 'World.sol';
const CONTRACTS = ['Token', 'Vault', 'SilentVault'] as const;

/** What is needed to deploy and call a contract. */
export interface Artifact {
  readonly abi: Abi;
  readonly bytecode: Hex;
}

type Compiled = Readonly<Record<(typeof CONTRACTS)[number], Artifact>>;
type Json = Readonly<Record<string, never>>;

/** Bytecode as its authors published it in an npm package. */
export function published(path: string): Artifact {
  const json: {
    abi: Abi;
    bytecode: Hex;
    compilerOutput?: { abi: Abi; evm: { bytecode: { object: string } } };
  } = require(path);
  const output = json.compilerOutput;
  return output === undefined
    ? { abi: json.abi, bytecode: json.bytecode }
    : { abi: output.abi, bytecode: `0x${output.evm.bytecode.object.replace(/^0x/, '')}` };
}

/** Multicall3's creation code, which viem carries; running it returns the code that stands on chains. */
export function multicall3Creation(): Hex {
  return require(join(dirname(require.resolve('viem')), 'constants/contracts.js')).multicall3Bytecode;
}

/** The contracts of `contracts/World.sol`. */
export function compiled(): Compiled {
  return compiledFrom(join(import.meta.dirname, 'contracts', SOURCE), CONTRACTS);
}

/** Contracts of one Solidity file that imports from npm packages; compiled once, then from `.cache/`. */
export function compiledFrom<Name extends string>(
  path: string,
  names: readonly Name[],
): Readonly<Record<Name, Artifact>> {
  const content = readFileSync(path, 'utf8');
  const versions = ['solc', '@openzeppelin/contracts'].map((name) => require(`${name}/package.json`).version as string);
  const key = createHash('sha256')
    .update([content, ...names, ...versions].join('\n'))
    .digest('hex');
  const cached = join(CACHE, `${key.slice(0, 16)}.json`);
  if (existsSync(cached)) return JSON.parse(readFileSync(cached, 'utf8'));
  const artifacts = compile(content, names);
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(cached, JSON.stringify(artifacts));
  return artifacts;
}

function compile<Name extends string>(content: string, names: readonly Name[]): Readonly<Record<Name, Artifact>> {
  const solc: { compile: (input: string, callbacks: { import: (path: string) => Json }) => string } = require('solc');
  const input = {
    language: 'Solidity',
    sources: { [SOURCE]: { content } },
    settings: {
      optimizer: { enabled: true, runs: 200 },
      outputSelection: { [SOURCE]: { '*': ['abi', 'evm.bytecode.object'] } },
    },
  };
  const read = (file: string) => ({ contents: readFileSync(require.resolve(file), 'utf8') }) as unknown as Json;
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: read }));
  const errors = (output.errors ?? []).filter((error: { severity: string }) => error.severity === 'error');
  if (errors.length > 0) throw new Error(errors[0].formattedMessage);
  const artifact = (name: string): Artifact => {
    const { abi, evm } = output.contracts[SOURCE][name];
    return { abi, bytecode: `0x${evm.bytecode.object}` };
  };
  return Object.fromEntries(names.map((name) => [name, artifact(name)])) as Record<Name, Artifact>;
}
