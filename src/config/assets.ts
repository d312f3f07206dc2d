import type { Asset } from '../model/rule.ts';
import type { DeclaredSeries } from '../model/sample.ts';
import { FOR_EVER } from '../model/series.ts';
import { check } from './check.ts';
import { unknownWord } from './nearest.ts';
import type { Complain, Entry } from './ruleFile.ts';
import { assetSchema } from './ruleSchema.ts';
import { salvage } from './salvage.ts';
import { Unique } from './unique.ts';

const EVM = /^0x[0-9a-fA-F]{40}$/;
const SOLANA = /^[1-9A-HJ-NP-Za-km-z]{32,44}$/;

/** `chains`: names an asset may be on, with what their nodes speak. */
export function readAssets(
  entries: readonly Entry[],
  chains: ReadonlyMap<string, 'evm' | 'solana'>,
  complain: Complain,
): Readonly<Record<string, Asset>> {
  const unique = new Unique('asset', complain);
  const assets: Record<string, Asset> = {};
  const written = new Map<string, string>();
  for (const { yaml, path, value } of entries) {
    const id = String(path[1]);
    const text = JSON.stringify(value);
    // Packs name what they need; two that say the very same of an asset are no contradiction.
    if (written.get(id) === text) continue;
    written.set(id, text);
    unique.add(id, yaml, path);
    const asset = check(assetSchema, { yaml, path, value: value ?? {}, complain }) ?? salvage(assetSchema, value);
    checkAddresses(asset?.on ?? {}, { yaml, path: [...path, 'on'], chains, complain });
    assets[id] = { id, name: asset?.name ?? id, ...facts(asset), on: asset?.on ?? {} };
  }
  return assets;
}

interface Deployments extends Omit<Entry, 'value'> {
  readonly chains: ReadonlyMap<string, 'evm' | 'solana'>;
  readonly complain: Complain;
}

function checkAddresses(on: Asset['on'], { yaml, path, chains, complain }: Deployments): void {
  for (const [chain, address] of Object.entries(on)) {
    const speaks = chains.get(chain);
    if (speaks === undefined) {
      complain(yaml.errorAtKey([...path, chain], unknownWord('chain', chain, chains.keys())));
    } else if (!(speaks === 'evm' ? EVM : SOLANA).test(address)) {
      const expected = speaks === 'evm' ? '0x and 40 hex digits, in quotes' : '32 to 44 base58 characters';
      complain(yaml.error([...path, chain], `found "${address}"; expected an address on ${chain}: ${expected}`));
    }
  }
}

type Facts = { readonly [Key in 'class' | 'issuer' | 'peg']?: string | undefined };

/** What is said of an asset; what is not said is left out. */
function facts(asset: Facts = {}): { class?: string; issuer?: string; peg?: string } {
  const { class: kind, issuer, peg } = asset;
  return { ...(kind && { class: kind }), ...(issuer && { issuer }), ...(peg && { peg }) };
}

/** The series that lets rules select assets by class, issuer or peg. */
export function declareAssets(assets: Readonly<Record<string, Asset>>): readonly DeclaredSeries[] {
  return Object.values(assets).map((asset) => ({
    metric: 'asset_info',
    labels: { asset: asset.id, name: asset.name, ...facts(asset) },
    maxAge: FOR_EVER,
    source: 'assets',
  }));
}
