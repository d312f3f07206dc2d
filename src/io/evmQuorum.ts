import { stringify } from 'viem';
import { groupBy } from '../model/group.ts';
import { CallReverted, SourceError, type BlockTag, type EvmReads, type Hex } from '../model/source.ts';
import { UrlFailed } from './evmFailure.ts';
import type { Facts, Session } from './evmReads.ts';
import type { RpcUrl } from './evmUrl.ts';

/** What several URLs are asked, and how many of them must say the same. */
export interface Agreement {
  readonly chain: string;
  readonly quorum: number;
  readonly tag: BlockTag;
  /** What was agreed on and cannot change. */
  readonly facts: Facts;
  readonly signal: AbortSignal;
}

interface Voice {
  readonly url: RpcUrl;
  readonly session: Session;
}

/**
 * Runs `work` on answers that `quorum` URLs gave alike, at one block. Two that disagree are asked again beside all others;
 * what is still without a majority fails its own source, so the value is unknown.
 * @throws {SourceError} when fewer URLs than the quorum answer, or they are on different forks.
 */
export async function runAgreed<T>(
  urls: readonly RpcUrl[],
  agreement: Agreement,
  work: (reads: EvmReads) => Promise<T>,
): Promise<T> {
  const few = await attempt(urls, { ...agreement, most: agreement.quorum }, work);
  if (!few.disagreed || urls.length <= agreement.quorum) return few.take();
  return (await attempt(urls, { ...agreement, most: urls.length }, work)).take();
}

interface Attempt<T> {
  readonly disagreed: boolean;
  readonly take: () => T;
}

async function attempt<T>(
  urls: readonly RpcUrl[],
  agreement: Agreement & { readonly most: number },
  work: (reads: EvmReads) => Promise<T>,
): Promise<Attempt<T>> {
  const voices = await openTogether(urls, agreement);
  const votes = agreedReads(voices, agreement);
  const [outcome] = await Promise.allSettled([work(votes.reads)]);
  for (const { url, session } of voices) {
    await session.settle().catch((error: unknown) => {
      throw url.failed(error);
    });
  }
  return {
    disagreed: votes.disagreed(),
    take: () => {
      if (outcome.status === 'rejected') throw outcome.reason;
      return outcome.value;
    },
  };
}

/** Opens URLs until `most` stand on one block: the lowest of their heads, which all of them have. */
async function openTogether(
  urls: readonly RpcUrl[],
  { chain, quorum, most, tag, signal }: Agreement & { readonly most: number },
): Promise<readonly Voice[]> {
  const heads: { url: RpcUrl; number: bigint }[] = [];
  for (const url of urls) {
    if (heads.length === most) break;
    const session = await opened(url, { blockTag: tag }, signal);
    if (session !== undefined) heads.push({ url, number: session.reads.block.number });
  }
  const blockNumber = heads.reduce((low, { number }) => (number < low ? number : low), heads[0]?.number ?? 0n);
  const voices: Voice[] = [];
  for (const { url } of heads) {
    const session = await opened(url, { blockNumber }, signal);
    if (session !== undefined) voices.push({ url, session });
  }
  if (voices.length < quorum) {
    const what = `Only ${voices.length} of the ${quorum} nodes that must agree about "${chain}" answered.`;
    throw new SourceError(`${what} Add working URLs to chains.${chain}.rpc.`, { retryable: true });
  }
  return largestFork(voices, chain, quorum);
}

async function opened(url: RpcUrl, pin: Parameters<RpcUrl['open']>[0], signal: AbortSignal) {
  try {
    return await url.open(pin, new Map(), signal);
  } catch (error) {
    if (!(error instanceof UrlFailed)) throw error;
    return undefined;
  }
}

function largestFork(voices: readonly Voice[], chain: string, quorum: number): readonly Voice[] {
  const forks = groupBy(voices, ({ session }) => session.reads.block.hash);
  const [largest = []] = [...forks.values()].sort((one, other) => other.length - one.length);
  if (largest.length >= quorum) return largest;
  const said = voices.map(({ url, session }) => `${url.host} has ${session.reads.block.hash.slice(0, 10)}…`);
  const { number } = voices[0]!.session.reads.block;
  throw new SourceError(
    `Nodes of "${chain}" disagree about block ${number}: ${said.join(', ')}. One of them is on a fork.`,
    {
      retryable: true,
    },
  );
}

function agreedReads(voices: readonly Voice[], { chain, quorum, facts }: Agreement) {
  let disagreed = false;
  const { reads: first } = voices[0]!.session;
  const agree = async <T>(what: string, ask: (reads: EvmReads) => Promise<T>): Promise<T> => {
    const answers = await Promise.allSettled(voices.map(async ({ session }) => ask(session.reads)));
    const broken = answers.find((answer) => answer.status === 'rejected' && answer.reason instanceof UrlFailed);
    if (broken !== undefined) throw (broken as PromiseRejectedResult).reason;
    const groups = groupBy(answers, voteOf);
    const [most = []] = [...groups.values()].sort((one, other) => other.length - one.length);
    if (groups.size > 1) disagreed = true;
    if (most.length < quorum) throw disagreement(what, voices, { chain, answers });
    const [answer] = most;
    if (answer!.status === 'rejected') throw answer!.reason;
    return answer!.value;
  };
  const read: EvmReads['read'] = (address, signature, args = []) =>
    agree(view(signature, address), (reads) => reads.read(address, signature, args));
  const reads: EvmReads = {
    chain,
    block: first.block,
    read,
    fact: async <T>(address: Hex, signature: string, args: readonly unknown[] = []): Promise<T> => {
      const key = `${address.toLowerCase()} ${signature} ${stringify(args)}`;
      if (!facts.has(key)) facts.set(key, await read(address, signature, args));
      return facts.get(key) as T;
    },
    simulate: (from, address, signature, args) =>
      agree(view(signature, address), (each) => each.simulate(from, address, signature, args)),
    finalized: () => first.finalized(),
    storage: (address, slot) => agree(`slot ${slot} of ${address}`, (each) => each.storage(address, slot)),
    slots: (address, signature, args) =>
      agree(`slots of ${view(signature, address)}`, (each) => each.slots(address, signature, args)),
    timeOf: (number) => first.timeOf(number),
    logs: (query) => first.logs(query),
    undone: (blocks) => first.undone(blocks),
    sender: (hash) => first.sender(hash),
  };
  return { reads, disagreed: () => disagreed };
}

function view(signature: string, address: Hex): string {
  return `${/function\s+(\w+)/.exec(signature)?.[1]}() of ${address}`;
}

function voteOf(answer: PromiseSettledResult<unknown>): string {
  if (answer.status === 'fulfilled') return `is ${stringify(answer.value)}`;
  if (answer.reason instanceof CallReverted) return 'reverted';
  return answer.reason instanceof Error ? answer.reason.message : String(answer.reason);
}

function disagreement(
  what: string,
  voices: readonly Voice[],
  { chain, answers }: { readonly chain: string; readonly answers: readonly PromiseSettledResult<unknown>[] },
): SourceError {
  const said = voices.map(({ url }, index) => `${url.host}: ${voteOf(answers[index]!).slice(0, 60)}`);
  const { number } = voices[0]!.session.reads.block;
  const text = `Nodes disagree about ${what} on ${chain} at block ${number} (${said.join('; ')}).`;
  return new SourceError(`${text} The value is unknown until they agree.`, { retryable: true });
}
