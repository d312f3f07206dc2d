import type { ReceiverConfig } from '../../model/config.ts';
import { Secret } from '../../model/secret.ts';
import { check } from '../check.ts';
import type { ConfigError } from '../error.ts';
import type { NotifierKinds } from '../kinds.ts';
import { didYouMean } from '../nearest.ts';
import { UNRESOLVED } from '../references.ts';
import type { Path, YamlFile } from '../yamlFile.ts';
import { GLOBALS, INTEGRATIONS } from './integrations.ts';
import type { Integration, Written } from './integrations.ts';
import type { FileInput } from './schema.ts';

export interface Reading {
  readonly yaml: YamlFile;
  readonly notifiers: NotifierKinds;
  /** @throws {Error} when the file cannot be read. */
  readonly readFile: (path: string) => string;
  readonly complain: (error: ConfigError) => void;
  /** Hears of what is read over: it changes how a message looks, not who is told. */
  readonly warn: (error: ConfigError) => void;
}

type Entry = Readonly<Record<string, unknown>>;

/** Receivers of an Alertmanager file under the names they have here, by the name they have there. */
export type Named = ReadonlyMap<string, readonly ReceiverConfig[]>;

/** Reads the receivers that are not `own`: those stand for the ones of their name. */
export function readReceivers({ receivers, global }: FileInput, own: readonly string[], reading: Reading): Named {
  checkGlobals(global, reading);
  const named = new Map<string, readonly ReceiverConfig[]>();
  for (const [index, receiver] of receivers.entries()) {
    const { name } = receiver;
    const path = ['receivers', index];
    if (named.has(name)) reading.complain(reading.yaml.error([...path, 'name'], `receiver "${name}" is there twice`));
    named.set(name, own.includes(name) ? [] : partsOf(receiver, path, { ...reading, global }));
  }
  return named;
}

type Inside = Reading & { readonly global: Entry };

/** One receiver there may be several services; each is a receiver of its own here. */
function partsOf(
  { name, ...lists }: FileInput['receivers'][number],
  path: Path,
  reading: Inside,
): readonly ReceiverConfig[] {
  const parts = Object.entries(lists).flatMap(([key, entries]) => {
    const integration = Object.hasOwn(INTEGRATIONS, key) ? INTEGRATIONS[key] : undefined;
    if (integration === undefined) {
      reading.complain(reading.yaml.errorAtKey([...path, key], unknownList(key, name)));
      return [];
    }
    if (!Array.isArray(entries)) return [];
    return entries.flatMap((entry: unknown, index) => {
      const options = readEntry(Object(entry) as Entry, integration, [...path, key, index], reading);
      return options === undefined ? [] : [{ kind: integration.kind, options }];
    });
  });
  return parts.map((part, index) => ({ name: index === 0 ? name : `${name} (${part.kind} ${index + 1})`, ...part }));
}

function unknownList(key: string, name: string): string {
  return `"${key}" is not supported; write a receiver "${name}" under receivers: in tocsin.yaml, and it stands for this one`;
}

function readEntry(entry: Entry, integration: Integration, path: Path, reading: Inside): unknown {
  const { yaml, complain, warn, notifiers } = reading;
  for (const key of Object.keys(entry)) {
    if (integration.keys.includes(key) || (key === 'send_resolved' && entry[key] === true)) continue;
    const at = [...path, key];
    if (key === 'send_resolved')
      warn(yaml.errorAtKey(at, 'an end is always told here to whom was told of the beginning'));
    else if (integration.look.includes(key))
      warn(
        yaml.errorAtKey(
          at,
          `"${key}" has no effect: messages look as Tocsin makes them, see templates: in docs/guide.md`,
        ),
      );
    else complain(yaml.errorAtKey(at, `"${key}" is not supported here${didYouMean(key, integration.keys)}`));
  }
  const value = integration.read(writtenIn(entry, path, reading));
  const notifier = notifiers[integration.kind];
  const known = Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined));
  return notifier && check(notifier.options, { yaml, path, value: known, complain });
}

function writtenIn(entry: Entry, path: Path, { yaml, global, readFile, complain }: Inside): Written {
  const text = (key: string, other?: string): string | undefined => {
    const value = entry[key] ?? (other === undefined ? undefined : global[other]);
    return value === undefined || value === null || value === '' ? undefined : plain(value);
  };
  return {
    text,
    raw: (key) => entry[key],
    refuse: (key, message) => complain(yaml.errorAtKey([...path, key], message)),
    secret: (key, other) => {
      const value = text(key) ?? (text(`${key}_file`) ? undefined : text(key, other));
      if (value !== undefined) return new Secret(value);
      const own = text(`${key}_file`);
      const file = own ?? (other && text(`${key}_file`, `${other}_file`));
      if (!file) return undefined;
      try {
        return new Secret(readFile(file).trim());
      } catch {
        const at = own === undefined ? ['global', `${other}_file`] : [...path, `${key}_file`];
        complain(yaml.error(at, `the file "${file}" cannot be read; expected a file that holds the secret alone`));
        return UNRESOLVED;
      }
    },
  };
}

function plain(value: unknown): string {
  return value instanceof Secret ? value.reveal() : String(value);
}

/** `http_config` may be what lets a message through, so it is not read over. */
function checkGlobals(global: Entry, { yaml, complain }: Reading): void {
  for (const key of Object.keys(global)) {
    if (!GLOBALS.includes(key))
      complain(yaml.errorAtKey(['global', key], `"${key}" is not supported here${didYouMean(key, GLOBALS)}`));
  }
}
