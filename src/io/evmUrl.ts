import { toHex, type Client } from 'viem';
import { getBlock, getChainId } from 'viem/actions';
import type { ChainConfig } from '../model/config.ts';
import { formatDuration } from '../model/duration.ts';
import { SourceError, type EvmReads, type Hex } from '../model/source.ts';
import type { Secret } from '../model/secret.ts';
import { endsWithin } from './deadline.ts';
import { boundedClient, type Bounds, type RpcAnswer } from './evmClient.ts';
import type { LogKeeper } from '../model/logs.ts';
import type { Budgets } from './evmBudget.ts';
import { isRefusal, urlFailure, UrlFailed, WrongChain } from './evmFailure.ts';
import type { Heads } from './evmHeads.ts';
import type { Scans } from './evmLogs.ts';
import type { Connection } from './evmMulticall.ts';
import { openSession, type Facts, type Pin, type Session } from './evmReads.ts';

const MULTICALL3: Hex = '0xcA11bde05977b3631167028862bE2a173976CA11';
const PROBE_EVERY = 5 * 60_000;
const QUARANTINE = 3 * 60_000;
const LONGEST_REST = 5 * 60_000;
const FIRST_REST = 15_000;
const MAX_LAG = 60_000;
const CALLS_PER_SECOND = 20;

/** One JSON-RPC request that left this process. */
export interface RpcRequest extends RpcAnswer {
  readonly chain: string;
  readonly host: string;
}

/** What people may see of a URL: never more than its host. */
export interface UrlHealth {
  readonly host: string;
  /** `waiting`: not asked yet. `quarantined`: it serves another chain. */
  readonly state: 'waiting' | 'ok' | 'failing' | 'quarantined';
  /** One sentence without secrets. */
  readonly why?: string;
  /** Number of the newest block it showed. */
  readonly head?: number;
}

/** Machine clock in unix ms, and where requests are counted. */
export interface EvmDeps {
  readonly machineNow: () => number;
  readonly onRequest?: (request: RpcRequest) => void;
  /** Where scanned logs outlive the process; absent: they do not. */
  readonly logs?: LogKeeper;
  /** Shared by all chains of a process; absent: no limit. */
  readonly budgets?: Budgets;
}

interface Abilities {
  readonly multicallAddress: Hex | undefined;
  readonly byHash: boolean;
  /** Machine clock: when to ask again. */
  readonly until: number;
}

/** What the URLs of one chain share. */
interface Shared {
  readonly heads: Heads<RpcUrl>;
  readonly scans: Scans;
}

/** One RPC URL of a chain: what it can do, how it has been, and when to leave it alone. */
export class RpcUrl {
  readonly host: string;
  readonly #config: ChainConfig;
  readonly #url: Secret;
  readonly #deps: EvmDeps;
  readonly #heads: Heads<RpcUrl>;
  readonly #scans: Scans;
  #health: UrlHealth;
  #abilities: Abilities | undefined;
  #failures = 0;
  #restUntil = 0;

  constructor(config: ChainConfig, url: Secret, { heads, scans, ...deps }: EvmDeps & Shared) {
    this.#config = config;
    this.#url = url;
    this.#deps = deps;
    this.#heads = heads;
    this.#scans = scans;
    this.host = new URL(url.reveal()).host;
    this.#health = { host: this.host, state: 'waiting' };
  }

  get health(): UrlHealth {
    return this.#health;
  }

  /** True while it should be left alone after failures or for serving another chain. */
  get resting(): boolean {
    return this.#deps.machineNow() < this.#restUntil;
  }

  /** True while it rests because it serves another chain. */
  get quarantined(): boolean {
    return this.resting && this.#health.state === 'quarantined';
  }

  /** @throws {UrlFailed} when the node failed in any read, even if `work` hid it. */
  async attempt<T>(
    work: (reads: EvmReads) => Promise<T>,
    { pin, facts, signal }: { readonly pin: Pin; readonly facts: Facts; readonly signal: AbortSignal },
  ): Promise<T> {
    const session = await this.open(pin, facts, signal);
    const [outcome] = await Promise.allSettled([work(session.reads)]);
    await session.settle().catch((error: unknown) => {
      throw this.failed(error, signal);
    });
    this.#answered(session.reads);
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  }

  /** Pins a block. @throws {UrlFailed} when the node does not answer, or trails another by too much. */
  async open(pin: Pin, facts: Facts, signal: AbortSignal): Promise<Session> {
    try {
      const session = await openSession(await this.#connect(signal), { facts, scans: this.#scans }, pin);
      if ('blockTag' in pin && pin.blockTag === 'latest') this.#noteHead(session.reads.block);
      return session;
    } catch (error) {
      throw this.failed(error, signal);
    }
  }

  /** Asks for the newest block, so that the others can be compared with it. Never throws. */
  async peek(signal: AbortSignal): Promise<void> {
    const session = await this.open({ blockTag: 'latest' }, new Map(), signal).catch(() => undefined);
    if (session !== undefined) this.#answered(session.reads);
  }

  #answered({ block }: EvmReads): void {
    this.#health = { host: this.host, state: 'ok', head: Number(block.number) };
    this.#failures = 0;
    this.#restUntil = 0;
  }

  /** Leaves the URL alone for a while. */
  failed(error: unknown, signal?: AbortSignal): UrlFailed {
    if (signal?.aborted === true && !isTimeUp(signal)) throw stopped(this.#config.name, signal);
    const cause = signal !== undefined && isTimeUp(signal) ? signal.reason : error;
    return this.#rest(urlFailure(cause, this.#names()));
  }

  #noteHead({ number, timestamp }: EvmReads['block']): void {
    const now = this.#deps.machineNow();
    const { maxLag = MAX_LAG } = this.#config;
    const behind = this.#heads.behind(this, timestamp, now);
    this.#heads.note(this, timestamp, now);
    if (behind <= maxLag) return;
    throw new UrlFailed(`${this.host} stands at block ${number}, ${formatDuration(behind)} behind another node.`);
  }

  #names() {
    return { host: this.host, secretUrl: this.#url.reveal(), timeout: this.#config.timeout };
  }

  async #connect(signal: AbortSignal): Promise<Connection> {
    const { name: chain, batchBytes, timeout } = this.#config;
    const told = (answer: RpcAnswer) => this.#deps.onRequest?.({ chain, host: this.host, ...answer });
    const client = boundedClient(this.#url.reveal(), { timeout, signal, told, ...this.#budget(signal) });
    if (this.#abilities === undefined || this.#abilities.until < this.#deps.machineNow()) {
      this.#abilities = await this.#probe(client);
    }
    return { ...this.#names(), ...this.#abilities, client, chain, batchBytes };
  }

  #budget(signal: AbortSignal): Pick<Bounds, 'turn' | 'held'> {
    const { budgets } = this.#deps;
    const { callsPerSecond = CALLS_PER_SECOND, timeout } = this.#config;
    const turn = async (): Promise<void> => {
      await budgets?.turn(this.host, callsPerSecond, endsWithin(timeout, signal)).catch((error: unknown) => {
        if (signal.aborted) throw error;
        throw new UrlFailed(`${this.host} has no call left of its ${callsPerSecond} a second.`);
      });
    };
    return { turn, held: (ms) => budgets?.hold(this.host, ms) };
  }

  async #probe(client: Client): Promise<Abilities> {
    const id = await getChainId(client);
    if (this.#config.id !== undefined && id !== this.#config.id) {
      const { name } = this.#config;
      throw new WrongChain(
        `${this.host} answered chain id ${id}; ${name} must be ${this.#config.id}. Check chains.${name}.rpc.`,
      );
    }
    const { hash, number } = await getBlock(client, { blockTag: 'latest' });
    const until = this.#deps.machineNow() + PROBE_EVERY;
    const code = (at: unknown) => client.request({ method: 'eth_getCode', params: [MULTICALL3, at as 'latest'] });
    try {
      return { ...foundAt(await code({ blockHash: hash, requireCanonical: true })), byHash: true, until };
    } catch (error) {
      if (!isRefusal(error)) throw error;
      return { ...foundAt(await code(toHex(number))), byHash: false, until };
    }
  }

  #rest(failure: UrlFailed): UrlFailed {
    const wrongChain = failure instanceof WrongChain;
    if (wrongChain) this.#heads.forget(this);
    const rest = wrongChain ? QUARANTINE : Math.min(FIRST_REST * 2 ** this.#failures, LONGEST_REST);
    this.#failures += 1;
    this.#abilities = undefined;
    this.#restUntil = this.#deps.machineNow() + rest;
    const state = wrongChain ? 'quarantined' : 'failing';
    this.#health = { ...this.#health, state, why: `${failure.message} Asked again in ${formatDuration(rest)}.` };
    return failure;
  }
}

function foundAt(code: string | undefined): Pick<Abilities, 'multicallAddress'> {
  return { multicallAddress: code === undefined || code === '0x' ? undefined : MULTICALL3 };
}

/** A run out of time is the URL's fault: without a note of it, the next run would wait for the same URL. */
function isTimeUp({ aborted, reason }: AbortSignal): boolean {
  return aborted && reason instanceof Error && reason.name === 'TimeoutError';
}

/** The error of a run that was ended from outside. */
export function stopped(chain: string, { reason }: AbortSignal): SourceError {
  return new SourceError(`Reading "${chain}" was stopped before it was done.`, { retryable: true, cause: reason });
}
