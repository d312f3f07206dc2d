import { createClient, http, toHex, type Client } from 'viem';
import { getBlock, getChainId } from 'viem/actions';
import type { ChainConfig } from '../model/config.ts';
import { formatDuration } from '../model/duration.ts';
import type { EvmReads, Hex } from '../model/source.ts';
import type { Secret } from '../model/secret.ts';
import { isRefusal, urlFailure, type UrlFailed, WrongChain } from './evmFailure.ts';
import { openSession, type Connection, type Facts } from './evmReads.ts';

const MULTICALL3: Hex = '0xcA11bde05977b3631167028862bE2a173976CA11';
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
const PROBE_EVERY = 5 * 60_000;
const QUARANTINE = 3 * 60_000;
const LONGEST_REST = 5 * 60_000;
const FIRST_REST = 15_000;

/** One JSON-RPC request that left this process; `ms` on the machine clock. */
export interface RpcRequest {
  readonly chain: string;
  readonly host: string;
  readonly method: string;
  readonly ok: boolean;
  readonly ms: number;
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
}

interface Abilities {
  readonly multicallAddress: Hex | undefined;
  readonly byHash: boolean;
  /** Machine clock: when to ask again. */
  readonly until: number;
}

/** One RPC URL of a chain: what it can do, how it has been, and when to leave it alone. */
export class RpcUrl {
  readonly host: string;
  readonly #config: ChainConfig;
  readonly #url: Secret;
  readonly #deps: EvmDeps;
  #health: UrlHealth;
  #abilities: Abilities | undefined;
  #failures = 0;
  #restUntil = 0;

  constructor(config: ChainConfig, url: Secret, deps: EvmDeps) {
    this.#config = config;
    this.#url = url;
    this.#deps = deps;
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
  async attempt<T>(work: (reads: EvmReads) => Promise<T>, facts: Facts, signal: AbortSignal): Promise<T> {
    const outcome = await this.#read(work, facts, signal).catch((error: unknown) => {
      signal.throwIfAborted();
      throw this.#failed(urlFailure(error, this.#names()));
    });
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  }

  async #read<T>(
    work: (reads: EvmReads) => Promise<T>,
    facts: Facts,
    signal: AbortSignal,
  ): Promise<PromiseSettledResult<T>> {
    const { reads, settle } = await openSession(await this.#connect(signal), facts);
    const [outcome] = await Promise.allSettled([work(reads)]);
    await settle();
    this.#succeeded(reads);
    return outcome;
  }

  #names() {
    return { host: this.host, secretUrl: this.#url.reveal(), timeout: this.#config.timeout };
  }

  async #connect(signal: AbortSignal): Promise<Connection> {
    const client = this.#client(signal);
    if (this.#abilities === undefined || this.#abilities.until < this.#deps.machineNow()) {
      this.#abilities = await this.#probe(client);
    }
    const { name: chain, batchBytes } = this.#config;
    return { ...this.#names(), ...this.#abilities, client, chain, batchBytes };
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

  /** A client for one run, so that the run's signal ends its requests. */
  #client(signal: AbortSignal): Client {
    const { timeout } = this.#config;
    // viem's own timeout ends with the headers; this one also ends a body that never does.
    const bounded: typeof fetch = (input, init) =>
      fetch(input, { ...init, redirect: 'error', signal: AbortSignal.any([signal, AbortSignal.timeout(timeout)]) });
    const options = { fetchFn: bounded, maxResponseBodySize: MAX_ANSWER_BYTES, retryCount: 0, timeout };
    const transport = http(this.#url.reveal(), options);
    return createClient({
      transport: (parameters) => {
        const inner = transport(parameters);
        const request: typeof inner.request = async (args, settings) => {
          const startedAt = performance.now();
          const tell = (ok: boolean) => this.#tell(args.method, ok, performance.now() - startedAt);
          try {
            const answer = await inner.request(args, settings);
            tell(true);
            return answer as never;
          } catch (error) {
            tell(false);
            throw error;
          }
        };
        return { ...inner, request };
      },
    });
  }

  #tell(method: string, ok: boolean, ms: number): void {
    this.#deps.onRequest?.({ chain: this.#config.name, host: this.host, method, ok, ms });
  }

  #succeeded(reads: EvmReads): void {
    this.#failures = 0;
    this.#restUntil = 0;
    this.#health = { host: this.host, state: 'ok', head: Number(reads.block.number) };
  }

  #failed(failure: UrlFailed): UrlFailed {
    const wrongChain = failure instanceof WrongChain;
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
