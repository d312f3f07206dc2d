import type { z } from 'zod';
import type { ChainConfig } from '../model/config.ts';
import type { Asset } from '../model/rule.ts';
import type { SourceContext } from '../model/source.ts';
import { dirname } from 'node:path';
import type { AnySourceKind, SourceKinds } from './kinds.ts';
import { unknownWord } from './nearest.ts';
import { isOfPack, type Complain, type Entry } from './ruleFile.ts';
import type { sourceSchema } from './ruleSchema.ts';

/** What the entries of `sources` may refer to. */
export interface SourceWorld {
  readonly kinds: SourceKinds;
  readonly assets: Readonly<Record<string, Asset>>;
  /** Chains that are read. */
  readonly chains: Readonly<Record<string, ChainConfig>>;
  /** Chain names that a source may speak of without reading the chain. */
  readonly chainNames: readonly string[];
  readonly complain: Complain;
}

export type CommonKeys = z.output<typeof sourceSchema>;

interface Place {
  readonly entry: Entry;
  readonly world: SourceWorld;
}

/** Resolves the names an entry uses; complains of those that are unknown or missing. */
export function readContext(common: CommonKeys, kind: AnySourceKind, place: Place): SourceContext {
  const { entry, world } = place;
  const asset = findAsset(common.asset, place);
  checkNeeds(common, kind, place);
  const { chain } = common;
  const address = chain === undefined ? undefined : asset?.on[chain];
  const isRead = unreadChain(common, kind, place) === undefined;
  const found = chain === undefined || !isRead ? undefined : chainProblem(chain, kind, world);
  const problem = chain === undefined ? undefined : (found ?? addressProblem());
  if (problem !== undefined) world.complain(entry.yaml.error([...entry.path, 'chain'], problem));
  return {
    ...(asset && { asset }),
    ...(chain !== undefined && { chain }),
    ...(address !== undefined && { address }),
    assets: world.assets,
    folder: dirname(entry.yaml.file),
  };

  function addressProblem(): string | undefined {
    if (!kind.needs.includes('address') || address !== undefined || asset === undefined) return undefined;
    return `asset "${asset.id}" has no address on "${chain}"; it is on ${Object.keys(asset.on).join(', ') || 'no chain'}`;
  }
}

/** The chain of a pack's source when nobody gave an RPC URL for it: the pack then goes on without. Own files must be right. */
export function unreadChain(
  { chain }: CommonKeys,
  { reads }: AnySourceKind,
  { entry, world }: Place,
): string | undefined {
  if (chain === undefined || (reads !== 'evm' && reads !== 'solana')) return undefined;
  return isOfPack(entry) && !Object.hasOwn(world.chains, chain) && world.chainNames.includes(chain) ? chain : undefined;
}

function findAsset(id: string | undefined, { entry, world }: Place): Asset | undefined {
  const { assets, complain } = world;
  if (id === undefined || Object.hasOwn(assets, id)) return id === undefined ? undefined : assets[id];
  complain(entry.yaml.error([...entry.path, 'asset'], unknownWord('asset', id, Object.keys(assets))));
  return undefined;
}

function checkNeeds(common: CommonKeys, kind: AnySourceKind, { entry, world }: Place): void {
  for (const key of ['asset', 'chain'] as const) {
    if (!kind.needs.includes(key) || common[key] !== undefined) continue;
    world.complain(entry.yaml.error(entry.path, `missing key "${key}"; ${kind.kind} needs it`));
  }
}

function chainProblem(name: string, { reads, kind }: AnySourceKind, world: SourceWorld): string | undefined {
  const chain = Object.hasOwn(world.chains, name) ? world.chains[name] : undefined;
  const isKnown = chain !== undefined || world.chainNames.includes(name);
  if (!isKnown) return unknownWord('chain', name, world.chainNames);
  if (reads !== 'evm' && reads !== 'solana') return undefined;
  if (chain === undefined)
    return `no RPC URL for chain "${name}"; add to tocsin.yaml: chains: { ${name}: { rpc: [\${…}] } }`;
  return chain.kind === reads
    ? undefined
    : `found "${name}", a ${chain.kind} chain; ${kind} reads a chain of kind ${reads}`;
}
