import { z } from 'zod';
import { loadConfig, type Settings } from '../../src/config/loadConfig.ts';
import { loadRules, type LoadedRules } from '../../src/config/loadRules.ts';
import { ConfigErrors } from '../../src/config/error.ts';
import type { NotifierKinds } from '../../src/config/kinds.ts';
import { secret, text } from '../../src/model/schema.ts';
import * as sources from '../../src/sources/index.ts';

/** Options as real notifiers have them; nothing is sent here. */
const notifiers: NotifierKinds = Object.fromEntries(
  Object.entries({
    slack: z.strictObject({ url: secret() }),
    email: z.strictObject({ to: z.array(text()), port: z.int().optional() }),
    log: z.strictObject({}),
    inbox: z.strictObject({}),
  }).map(([kind, options]) => [kind, { kind, about: kind, options, make: () => ({ send: async () => undefined }) }]),
);

interface World {
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
}

const lookup = ({ env = {}, files = {} }: World) => ({
  env,
  readFile: (path: string) => {
    const found = files[path];
    if (found === undefined) throw new Error(`no "${path}"`);
    return found;
  },
});

export function settings(written: string | undefined, world: World = {}): Settings {
  return loadConfig({
    file: 'tocsin.yaml',
    text: written,
    ...lookup(world),
    notifiers,
    packs: ['stablecoins'],
    exists: (path) => path === 'rules',
  });
}

const CHAINS = `
chains:
  ethereum: { rpc: ['http://127.0.0.1:1'] }
  solana: { kind: solana, rpc: ['http://127.0.0.1:2'] }
`;

function evmChains(names: readonly string[]): string {
  const lines = names.map((name) => `  ${name}: { rpc: ['http://127.0.0.1:1'] }`);
  return lines.length === 0 ? '' : `chains:\n${lines.join('\n')}\n`;
}

export function rules(
  written: string | Readonly<Record<string, string>>,
  world: World & { now?: number; chains?: readonly string[] } = {},
): LoadedRules {
  const files = typeof written === 'string' ? { 'rules/a.yaml': written } : written;
  return loadRules({
    files,
    config: settings(world.chains === undefined ? CHAINS : evmChains(world.chains)),
    sources,
    now: world.now ?? 0,
    ...lookup(world),
  });
}

/** The text of everything that is wrong. */
export function complaints(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof ConfigErrors) return `\n${error.message}\n`;
    throw error;
  }
  return 'nothing is wrong';
}
