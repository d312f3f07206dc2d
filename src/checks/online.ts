import { roughDuration } from '../model/duration.ts';
import type { RuleSet } from '../model/config.ts';
import type { Asset } from '../model/rule.ts';
import type { Reading } from '../model/sample.ts';
import { CallReverted, SourceError, type EvmReads, type Hex, type Source, type SourceIo } from '../model/source.ts';
import { collectBatch } from '../sources/collect.ts';
import type { OutsideFinding } from './runChecks.ts';

/** What one chain says of the assets and sources that are declared on it. */
export interface OnlineReport {
  readonly found: readonly OutsideFinding[];
  /** One line for each contract that answered, for people to compare. */
  readonly facts: readonly string[];
}

const DECIMALS = 'function decimals() view returns (uint8)';
const SYMBOL = 'function symbol() view returns (string)';
const DESCRIPTION = 'function description() view returns (string)';
const ROUND = 'function latestRoundData() view returns (uint80, int256, uint256, uint256, uint80)';

/** ms: the longest heartbeat that Chainlink promises is a day. */
const LONGEST_HEARTBEAT = 25 * 3_600_000;
/** A round may land this share of a heartbeat late. */
const LATE = 0.5;

/** Asks one EVM chain whether what is written of it is there; `now` is the judging clock, unix ms. */
export async function checkChain(
  rules: Pick<RuleSet, 'assets' | 'sources'>,
  evm: EvmReads,
  { now, signal }: Pick<SourceIo, 'now' | 'signal'>,
): Promise<OnlineReport> {
  const assets = Object.values(rules.assets).filter(({ on }) => on[evm.chain] !== undefined);
  const sources = rules.sources.filter(({ reads, chain }) => reads === 'evm' && chain === evm.chain);
  const reports = await Promise.all([
    ...assets.map(async (asset) => checkAsset(asset, evm)),
    ...sources.map(async (source) => checkFeed(source, rules, evm)),
    checkSources(sources, evm, { now, signal }),
  ]);
  return { found: reports.flatMap(({ found }) => found), facts: reports.flatMap(({ facts }) => facts) };
}

async function checkAsset(asset: Asset, evm: EvmReads): Promise<OnlineReport> {
  const address = asset.on[evm.chain] as Hex;
  const at = { at: { asset: asset.id }, path: ['on', evm.chain] };
  const decimals = await answer(evm.read<number>(address, DECIMALS));
  if (decimals instanceof Error)
    return { found: [error('no-code', { ...at, message: notToken(decimals, address, evm.chain) })], facts: [] };
  const symbol = await answer(evm.read<string>(address, SYMBOL));
  const shown = symbol instanceof Error ? 'no symbol' : `"${symbol}"`;
  const facts = [`${asset.id} on ${evm.chain}: ${address} is ${shown} with ${decimals} decimals`];
  if (symbol instanceof Error || isCalled(asset, symbol)) return { found: [], facts };
  const message = `The token at ${address} calls itself "${symbol}", not "${asset.id}" or "${asset.name}". A wrong address watches another token. Compare it with the issuer's own page.`;
  return { found: [warning('symbol-differs', { ...at, message })], facts };
}

function notToken(why: Error, address: Hex, chain: string): string {
  if (!(why instanceof CallReverted)) return why.message;
  return `The contract at ${address} on ${chain} is no token: asked for decimals() it reverts. Check the address and the chain.`;
}

async function checkFeed(source: Source, { assets }: Pick<RuleSet, 'assets'>, evm: EvmReads): Promise<OnlineReport> {
  const { feed } = source.made;
  if (feed === undefined) return { found: [], facts: [] };
  const at = { at: { source }, path: [feed.key] };
  const [description, round] = await Promise.all([
    answer(evm.read<string>(feed.address, DESCRIPTION)),
    answer(evm.read<readonly bigint[]>(feed.address, ROUND)),
  ]);
  const found: OutsideFinding[] = [];
  const asset = assets[source.labels['asset'] ?? ''];
  if (typeof description === 'string' && asset !== undefined && !isPriced(asset, description)) {
    const message = `The feed prices "${description}", which does not name "${asset.id}". Another pair's price would be judged. Check the feed's address.`;
    found.push(warning('feed-pair', { ...at, message }));
  }
  const age = round instanceof Error ? 0 : evm.block.timestamp - Number(round[3]) * 1000;
  const overdue = overdueText(age, feed.heartbeat);
  if (overdue !== undefined) found.push(warning('stale-feed', { ...at, message: overdue }));
  const facts = typeof description === 'string' ? [`${source.id}: feed ${feed.address} prices ${description}`] : [];
  return { found, facts };
}

/** Why a round of this age (ms) is too old; half a heartbeat late is not. */
function overdueText(age: number, heartbeat: number | undefined): string | undefined {
  if (age <= (heartbeat === undefined ? LONGEST_HEARTBEAT : heartbeat * (1 + LATE))) return undefined;
  const old = `The feed's newest round is ${roughDuration(age)} old,`;
  if (heartbeat === undefined)
    return `${old} longer than any promised heartbeat. Whoever trusts it trusts an old price. Check that the feed still runs.`;
  return `${old} more than its \`heartbeat\` of ${roughDuration(heartbeat)} and half of it again. Either the feed has stopped, or its heartbeat is longer: compare it with the provider's page.`;
}

/** Runs every source once: what it would fail on later it fails on now, such as a pool of other tokens. */
async function checkSources(
  sources: readonly Source[],
  evm: EvmReads,
  { now, signal }: Pick<SourceIo, 'now' | 'signal'>,
): Promise<OnlineReport> {
  const io = { now, signal, evm } as SourceIo;
  const readings = await collectBatch(sources, io, { seenAt: () => now, machineNow: () => 0 });
  return { found: readings.flatMap((reading, index) => findingsOf(reading, sources[index]!)), facts: [] };
}

/** A paused contract reverts too, so a revert is a doubt where a failure is an error. */
function findingsOf({ error: failure, origin }: Reading, source: Source): readonly OutsideFinding[] {
  const at = { source };
  if (failure !== undefined) return [error('unreadable', { at, message: failure })];
  if (origin.reverted === undefined) return [];
  const message = `${origin.reverted} A contract of another kind answers like that, and so may a paused one. Check the address.`;
  return [warning('reverts', { at, message })];
}

/** What a contract says, or why it does not; a node that fails is no answer. */
async function answer<T>(reading: Promise<T>): Promise<T | Error> {
  try {
    return await reading;
  } catch (cause) {
    if (cause instanceof CallReverted || (cause instanceof SourceError && !cause.retryable)) return cause;
    throw cause;
  }
}

const bare = (text: string) => text.toLowerCase().replaceAll(/[^a-z0-9]/g, '');

function isCalled({ id, name }: Asset, symbol: string): boolean {
  const found = bare(symbol);
  return found !== '' && (bare(id).includes(found) || found.includes(bare(id)) || bare(name).includes(found));
}

function isPriced(asset: Asset, description: string): boolean {
  const [base = ''] = description.split('/');
  return isCalled(asset, base);
}

const error = (id: string, problem: OutsideFinding['problem']): OutsideFinding => ({ id, severity: 'error', problem });
const warning = (id: string, problem: OutsideFinding['problem']): OutsideFinding => ({
  id,
  severity: 'warning',
  problem,
});
