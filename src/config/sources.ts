import { formatDuration } from '../model/duration.ts';
import type { MadeSource, Source } from '../model/source.ts';
import { check, keysOf } from './check.ts';
import type { AnySourceKind } from './kinds.ts';
import { unknownWord } from './nearest.ts';
import type { Complain, Entry } from './ruleFile.ts';
import { sourceKeys, sourceSchema } from './ruleSchema.ts';
import { salvage } from './salvage.ts';
import { readContext, unreadChain, type CommonKeys, type SourceWorld } from './sourceContext.ts';
import { Unique } from './unique.ts';

/** Checks and makes every source, and gives an id to those that have none. */
export function readSources(entries: readonly Entry[], world: SourceWorld): ReadSources {
  const unique = new Unique('source id', world.complain);
  const withoutUrl = new WithoutUrl();
  const taken = new Set(entries.map(({ value }): unknown => Reflect.get(Object(value), 'id')));
  const sources: Source[] = [];
  const unread: Source[] = [];
  for (const entry of entries) {
    const found = readSource(entry, world);
    if (found === undefined) continue;
    const { common, kind, made } = found;
    const written = keysOf(kind.options).includes('id') ? undefined : common.id;
    if (written !== undefined) unique.add(written, entry.yaml, [...entry.path, 'id']);
    const id = written ?? derivedId(common, made, taken);
    taken.add(id);
    const chain = unreadChain(common, kind, { entry, world });
    if (chain !== undefined) withoutUrl.add(chain, entry);
    (chain === undefined ? sources : unread).push(assemble(id, common, kind, made));
  }
  return { sources, unread, warnings: withoutUrl.warnings() };
}

function readSource(entry: Entry, world: SourceWorld) {
  const common = check(sourceSchema, { ...entry, complain: world.complain }) ?? salvage(sourceSchema, entry.value);
  const kind = common && findKind(common.kind, entry, world);
  const made = common && kind && make(common, kind, { entry, world });
  return common && kind && made && { common, kind, made };
}

/** What a set of rule files reads, and what it would read if its chains were set up. */
export interface ReadSources {
  readonly sources: readonly Source[];
  /** Of packs alone: their series are known and never sampled, so that what rests on them is unknown instead of too small. */
  readonly unread: readonly Source[];
  readonly warnings: readonly string[];
}

/** Counts a pack's sources of chains without an RPC URL. */
class WithoutUrl {
  readonly #counts = new Map<string, { readonly file: string; readonly chain: string; count: number }>();

  add(chain: string, { yaml }: Entry): void {
    const key = `${yaml.file} ${chain}`;
    const known = this.#counts.get(key);
    if (known === undefined) this.#counts.set(key, { file: yaml.file, chain, count: 1 });
    else known.count += 1;
  }

  warnings(): readonly string[] {
    return [...this.#counts.values()].map(
      ({ file, chain, count }) =>
        `${file}: ${count} of its sources are not read, since "${chain}" has no RPC URL; add to tocsin.yaml: chains: { ${chain}: { rpc: [\${…}] } }`,
    );
  }
}

function findKind(name: string, { yaml, path }: Entry, { kinds, complain }: SourceWorld): AnySourceKind | undefined {
  if (Object.hasOwn(kinds, name)) return kinds[name];
  complain(yaml.error([...path, 'kind'], unknownWord('source kind', name, Object.keys(kinds))));
  return undefined;
}

interface Making {
  readonly entry: Entry;
  readonly world: SourceWorld;
}

function make(common: CommonKeys, kind: AnySourceKind, { entry, world }: Making): MadeSource | undefined {
  const { yaml, path } = entry;
  let isSound = true;
  const complain: Complain = (error) => {
    isSound = false;
    world.complain(error);
  };
  const options = readOptions(kind, entry, complain);
  if (common.max_age !== undefined && common.max_age < common.every) {
    const often = formatDuration(common.every);
    complain(
      yaml.error(
        [...path, 'max_age'],
        `found "${formatDuration(common.max_age)}"; what is read every ${often} would go stale in between, expected ${often} or more`,
      ),
    );
  }
  const reading = (['quorum', 'at'] as const).find((key) => common[key] !== undefined);
  if (reading !== undefined && kind.reads !== 'evm') {
    complain(yaml.error([...path, reading], `found \`${reading}\`, but "${kind.kind}" reads no EVM chain`));
  }
  const context = readContext(common, kind, { entry, world: { ...world, complain } });
  if (!isSound) return undefined;
  try {
    return kind.make(options as never, context);
  } catch (cause) {
    complain(yaml.error([...path, 'kind'], cause instanceof Error ? cause.message : 'this source cannot be made'));
    return undefined;
  }
}

/** A kind's own key wins over a common one of the same name: `id` of a market is not the id of the source. */
function readOptions(kind: AnySourceKind, { yaml, path, value }: Entry, complain: Complain): unknown {
  const own = keysOf(kind.options);
  const isOwn = ([key]: [string, unknown]) => own.includes(key) || !Object.hasOwn(sourceKeys, key);
  const options = Object.fromEntries(Object.entries(Object(value) as object).filter(isOwn));
  return check(kind.options, { yaml, path, value: options, otherKeys: Object.keys(sourceKeys), complain });
}

function derivedId(common: CommonKeys, made: MadeSource, taken: ReadonlySet<unknown>): string {
  const subject = common.asset ?? made.labels?.['protocol'] ?? made.labels?.['venue'];
  const base = [subject, common.kind, common.chain].filter((part) => part !== undefined).join('-');
  let id = base;
  for (let count = 2; taken.has(id); count++) id = `${base}-${count}`;
  return id;
}

function assemble(id: string, common: CommonKeys, kind: AnySourceKind, made: MadeSource): Source {
  const { asset, chain, every, max_age: maxAge, range, quorum, at } = common;
  return {
    id,
    kind: kind.kind,
    reads: kind.reads,
    shares: kind.shares ?? false,
    ...(chain !== undefined && { chain }),
    every,
    maxAge: maxAge ?? Math.max(3 * every, kind.cadence ?? 0),
    ...(range !== undefined && { range: bounds(range) }),
    ...(quorum !== undefined && { quorum }),
    ...(at !== undefined && at !== 'latest' && { at }),
    made,
    labels: {
      ...(asset !== undefined && { asset }),
      ...(chain !== undefined && { chain }),
      ...made.labels,
      source: id,
    },
  };
}

function bounds([min, max]: readonly [number | null, number | null]): NonNullable<Source['range']> {
  return { ...(min !== null && { min }), ...(max !== null && { max }) };
}
