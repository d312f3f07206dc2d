import { formatDuration } from '../model/duration.ts';
import type { MadeSource, Source } from '../model/source.ts';
import { check, keysOf } from './check.ts';
import type { AnySourceKind } from './kinds.ts';
import { unknownWord } from './nearest.ts';
import type { Complain, Entry } from './ruleFile.ts';
import { sourceKeys, sourceSchema } from './ruleSchema.ts';
import { salvage } from './salvage.ts';
import { readContext, type CommonKeys, type SourceWorld } from './sourceContext.ts';
import { Unique } from './unique.ts';

/** Checks and makes every source, and gives an id to those that have none. */
export function readSources(entries: readonly Entry[], world: SourceWorld): readonly Source[] {
  const unique = new Unique('source id', world.complain);
  const taken = new Set(entries.map(({ value }): unknown => Reflect.get(Object(value), 'id')));
  const sources: Source[] = [];
  for (const entry of entries) {
    const common = check(sourceSchema, { ...entry, complain: world.complain }) ?? salvage(sourceSchema, entry.value);
    const kind = common && findKind(common.kind, entry, world);
    const made = common && kind && make(common, kind, { entry, world });
    if (common === undefined || kind === undefined || made === undefined) continue;
    const written = keysOf(kind.options).includes('id') ? undefined : common.id;
    if (written !== undefined) unique.add(written, entry.yaml, [...entry.path, 'id']);
    const id = written ?? derivedId(common, made, taken);
    taken.add(id);
    sources.push(assemble(id, common, kind, made));
  }
  return sources;
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
