import { isMap, isScalar } from 'yaml';
import { messageTemplateErrors } from '../dispatch/template-message-check.ts';
import type { ChainConfig, Config, MessageTemplates, ReceiverConfig } from '../model/config.ts';
import { Secret } from '../model/secret.ts';
import { advise } from './advice.ts';
import { CHAIN_IDS, CHAIN_NAMES } from './chains.ts';
import { checkDigest, readDaily, withCanary } from './daily.ts';
import { check } from './check.ts';
import { readDashboard } from './dashboard.ts';
import { ConfigErrors, type ConfigError } from './error.ts';
import { freeze } from './freeze.ts';
import type { NotifierKinds } from './kinds.ts';
import { didYouMean, unknownWord } from './nearest.ts';
import { resolveReferences, type Lookup } from './references.ts';
import { namedReceivers } from './route.ts';
import { readRouting } from './routing.ts';
import { salvage } from './salvage.ts';
import { receiverKeys, settingsSchema, type SettingsInput } from './settingsSchema.ts';
import { YamlFile, type Path } from './yamlFile.ts';

export interface ConfigInput extends Lookup {
  /** As shown in messages. */
  readonly file: string;
  /** Absent: there is no such file, and defaults that need no key are used. */
  readonly text?: string | undefined;
  readonly notifiers: NotifierKinds;
  /** Names of the packs that ship. */
  readonly packs: readonly string[];
  /** Whether a folder or file of `rules:` is there. */
  readonly exists: (path: string) => boolean;
}

/** The configuration, and which rule files it asks for. */
export interface Settings extends Config {
  readonly packs: readonly string[];
  /** Folders, files or globs. */
  readonly rules: readonly string[];
  /** What is read over, each with its place. */
  readonly warnings: readonly ConfigError[];
}

const WITHOUT_FILE = 'packs: [stablecoins]';
const BUILT_IN: readonly ReceiverConfig[] = [
  { name: 'log', kind: 'log', options: {} },
  { name: 'inbox', kind: 'inbox', options: {} },
];

/** Reads `tocsin.yaml`. @throws {ConfigErrors} with everything that is wrong. */
export function loadConfig(input: ConfigInput): Settings {
  const errors: ConfigError[] = [];
  const yaml = new YamlFile(input.file, input.text ?? WITHOUT_FILE);
  if (yaml.errors.length > 0) throw new ConfigErrors(yaml.errors);
  errors.push(...resolveReferences(yaml, input));
  const complain = (error: ConfigError) => void errors.push(error);
  const warnings: ConfigError[] = [];
  const warn = (error: ConfigError) => void warnings.push(error);
  const value = yaml.toJS() ?? {};
  const settings = check(settingsSchema, { yaml, path: [], value, complain }) ?? salvage(settingsSchema, value);
  const config = settings && build(settings, { ...input, yaml, complain, warn, warnings });
  if (errors.length > 0 || config === undefined) throw new ConfigErrors(errors);
  return freeze(config);
}

interface Building extends ConfigInput {
  readonly yaml: YamlFile;
  readonly complain: (error: ConfigError) => void;
  readonly warn: (error: ConfigError) => void;
  readonly warnings: readonly ConfigError[];
}

const nameOf = ({ name }: ReceiverConfig) => name;

function build(settings: SettingsInput, building: Building): Settings {
  const { env, yaml, complain } = building;
  const chains = readChains(settings, building);
  const own = readReceivers(settings, building);
  const names = writtenNames(yaml, 'receivers');
  const ready = [...own, ...BUILT_IN.filter(({ name }) => !names.includes(name))];
  const everyone = own.length > 0 ? names : BUILT_IN.map(({ name }) => name);
  const routing = readRouting(settings, { ...building, written: names, known: ready.map(nameOf), everyone });
  const others = new Set(routing.receivers.map(nameOf));
  const known = [...ready.filter(({ name }) => !others.has(name)), ...routing.receivers];
  const checked = { yaml, complain, receivers: [...new Set([...names, ...known.map(nameOf)])] };
  checkDigest(settings.digest, known, { ...checked, notifiers: building.notifiers });
  const route = withCanary(routing.route, settings.canary, checked);
  const fallbacks = own.flatMap(({ fallback }) => fallback ?? []);
  const used = new Set([...namedReceivers(route), ...fallbacks]);
  const receivers = known.filter(({ name }) => names.includes(name) || used.has(name));
  checkNames(settings, building);
  const databaseUrl = address(settings.store?.url, env['DATABASE_URL']);
  const redisUrl = address(settings.redis?.url, env['REDIS_URL']);
  return {
    timezone: settings.timezone,
    data: settings.data ?? env['TOCSIN_DATA'] ?? './data',
    ...(databaseUrl && { databaseUrl }),
    ...(redisUrl && { redisUrl }),
    chains,
    receivers,
    route,
    ...(routing.inhibit.length > 0 && { inhibit: routing.inhibit }),
    unackAfter: settings.unack_after,
    dashboard: readDashboard(settings.dashboard, yaml, complain),
    clock: settings.clock ?? { follow: 'wall' },
    ...(settings.heartbeat && { heartbeat: settings.heartbeat }),
    ...readDaily(settings),
    advice: advise({ chains, receivers }, 1),
    packs: settings.packs,
    rules: settings.rules,
    warnings: building.warnings,
  };
}

/** Keys as written, those of broken entries included: what refers to them is not wrong as well. */
function writtenNames(yaml: YamlFile, section: string): readonly string[] {
  const written: unknown = yaml.document.get(section);
  return isMap(written) ? written.items.map(({ key }) => String(isScalar(key) ? key.value : key)) : [];
}

function address(written: Secret | undefined, fallback: string | undefined): Secret | undefined {
  return written ?? (fallback === undefined || fallback === '' ? undefined : new Secret(fallback));
}

function readChains({ chains }: SettingsInput, { yaml, complain }: Building): Readonly<Record<string, ChainConfig>> {
  const entries = Object.entries(chains).map(([name, chain]) => {
    const id = chain.id ?? CHAIN_IDS[name];
    if (chain.kind === 'evm' && id === undefined) {
      const hint = didYouMean(name, CHAIN_NAMES) || '; write its EIP-155 id, as in id: 1';
      complain(yaml.errorAtKey(['chains', name], `unknown chain "${name}"${hint}`));
    }
    const { kind, batch_bytes: batchBytes, timeout, max_lag: maxLag, calls_per_second: callsPerSecond } = chain;
    const rpc = chain.rpc.map((url) => new Secret(url));
    return [
      name,
      {
        ...{ name, kind, rpc, batchBytes, timeout, maxLag, callsPerSecond },
        ...(id !== undefined && { id }),
        ...(chain.heads !== undefined && { heads: new Secret(chain.heads) }),
      },
    ] as const;
  });
  return Object.fromEntries(entries);
}

function readReceivers({ receivers }: SettingsInput, building: Building): readonly ReceiverConfig[] {
  const { yaml, complain, notifiers } = building;
  return Object.entries(receivers).flatMap(([name, { kind, fallback: other, templates, ...value }]) => {
    const path = ['receivers', name];
    const more = { ...readFallback(name, other, building), ...(templates && { templates }) };
    checkTemplates(templates, [...path, 'templates'], building);
    const notifier = Object.hasOwn(notifiers, kind) ? notifiers[kind] : undefined;
    if (notifier === undefined) {
      complain(yaml.error([...path, 'kind'], unknownWord('receiver kind', kind, Object.keys(notifiers))));
      return [{ name, kind, options: undefined, ...more }];
    }
    const options = check(notifier.options, {
      yaml,
      path,
      value,
      otherKeys: ['kind', ...Object.keys(receiverKeys)],
      complain,
    });
    return [{ name, kind, options, ...more }];
  });
}

function checkTemplates(templates: MessageTemplates | undefined, path: Path, { yaml, complain }: Building): void {
  for (const [name, text] of Object.entries(templates ?? {})) {
    if (typeof text !== 'string') continue;
    for (const { span, message } of messageTemplateErrors(text))
      complain(yaml.errorInside([...path, name], span, message));
  }
}

/** One that is not written may be built in. */
function readFallback(
  name: string,
  fallback: string | undefined,
  { yaml, complain }: Building,
): Pick<ReceiverConfig, 'fallback'> {
  if (fallback === undefined) return {};
  const known = [...writtenNames(yaml, 'receivers'), ...BUILT_IN.map((each) => each.name)];
  const at = ['receivers', name, 'fallback'];
  if (fallback === name) complain(yaml.error(at, `found "${name}"; expected another receiver than itself`));
  else if (!known.includes(fallback)) complain(yaml.error(at, unknownWord('receiver', fallback, known)));
  return { fallback };
}

function checkNames(settings: SettingsInput, { yaml, complain, packs, exists }: Building): void {
  for (const [index, pack] of settings.packs.entries()) {
    if (!packs.includes(pack)) complain(yaml.error(['packs', index], unknownWord('pack', pack, packs)));
  }
  const isWritten = yaml.document.has('rules');
  for (const [index, path] of settings.rules.entries()) {
    if (isWritten && !path.includes('*') && !exists(path)) {
      complain(
        yaml.error(
          ['rules', index],
          `found "${path}"; expected a folder or file that exists, or a glob such as rules/**/*.yaml`,
        ),
      );
    }
  }
  const names = writtenNames(yaml, 'chains');
  const follows = settings.clock?.chain;
  if (follows !== undefined && !names.includes(follows)) {
    complain(yaml.error(['clock', 'chain'], unknownWord('chain', follows, names)));
  }
}
