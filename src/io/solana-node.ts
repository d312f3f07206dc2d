import type { AccountInfo, ConnectionConfig } from '@solana/web3.js';
import type { Agent, RequestInit } from 'undici';
import { fetch, Response } from 'undici';
import type { ChainConfig } from '../model/config.ts';
import type { Secret } from '../model/secret.ts';
import { scrub, secretsOf } from '../model/shown.ts';
import { SourceError } from '../model/source.ts';
import { endsWithin } from './deadline.ts';
import type { RpcRequest, UrlHealth } from './evmUrl.ts';

const FIRST_REST = 15_000;
const LONGEST_REST = 5 * 60_000;

export interface SolanaDeps {
  /** Unix ms, machine clock. */
  readonly machineNow: () => number;
  readonly onRequest?: (request: RpcRequest) => void;
}

export interface Account {
  readonly data: Uint8Array;
  readonly owner: string;
}

/** Accounts of one answer, in the order asked, all true in `slot`. */
export interface Accounts {
  readonly slot: number;
  readonly accounts: readonly (Account | undefined)[];
}

/** This URL failed; another one may serve. */
export class NodeFailed extends SourceError {}

/** One RPC URL of a Solana cluster: how it has been, and when to leave it alone. */
export class SolanaNode {
  readonly #config: ChainConfig;
  readonly #url: URL;
  readonly #deps: SolanaDeps & { readonly agent: Agent };
  #health: UrlHealth;
  #failures = 0;
  #restUntil = 0;

  constructor(config: ChainConfig, url: Secret, deps: SolanaDeps & { readonly agent: Agent }) {
    this.#config = config;
    this.#url = new URL(url.reveal());
    this.#deps = deps;
    this.#health = { host: this.#url.host, state: 'waiting' };
  }

  get health(): UrlHealth {
    return this.#health;
  }

  get resting(): boolean {
    return this.#deps.machineNow() < this.#restUntil;
  }

  /** Reads up to 100 accounts in one request, no older than `minSlot`. @throws {NodeFailed} */
  async accounts(addresses: readonly string[], minSlot: number, signal: AbortSignal): Promise<Accounts> {
    const startedAt = performance.now();
    const told = { chain: this.#config.name, host: this.#url.host, method: 'getMultipleAccounts' };
    try {
      const answer = await this.#ask(addresses, minSlot, signal);
      this.#failures = 0;
      this.#restUntil = 0;
      this.#health = { host: this.#url.host, state: 'ok', head: answer.slot };
      this.#deps.onRequest?.({ ...told, ok: true, ms: performance.now() - startedAt });
      return answer;
    } catch (cause) {
      this.#deps.onRequest?.({ ...told, ok: false, ms: performance.now() - startedAt });
      signal.throwIfAborted();
      throw this.#failed(cause);
    }
  }

  async #ask(addresses: readonly string[], minSlot: number, signal: AbortSignal): Promise<Accounts> {
    // Only users of Solana pay for loading its library.
    const { Connection, PublicKey } = await import('@solana/web3.js');
    const options = { commitment: 'confirmed', disableRetryOnRateLimit: true, httpAgent: false } as const;
    const connection = new Connection(this.#url.href, { ...options, fetch: this.#fetch(signal) });
    const keys = addresses.map((address) => new PublicKey(address));
    const { context, value } = await connection.getMultipleAccountsInfoAndContext(keys, { minContextSlot: minSlot });
    const accounts = value.map((found) => (found === null ? undefined : accountOf(found)));
    return { slot: context.slot, accounts };
  }

  /** Bounded in time and size, body included. The library never answers when a failure is no `Error`. */
  #fetch(signal: AbortSignal): NonNullable<ConnectionConfig['fetch']> {
    const { agent } = this.#deps;
    const bounded = async (input: string, init: RequestInit) => {
      const ends = endsWithin(this.#config.timeout, signal);
      try {
        const answer = await fetch(input, { ...init, signal: ends, dispatcher: agent, redirect: 'error' });
        return new Response(await answer.text(), { status: answer.status, statusText: answer.statusText });
      } catch (cause) {
        if (!ends.aborted || signal.aborted) throw cause instanceof Error ? cause : new Error(String(cause), { cause });
        throw new Error(`no whole answer within ${this.#config.timeout / 1000} s`, { cause });
      }
    };
    return bounded as unknown as NonNullable<ConnectionConfig['fetch']>;
  }

  #failed(cause: unknown): NodeFailed {
    const text = cause instanceof Error ? reasonOf(cause) : String(cause);
    const reason = scrub(text, secretsOf(this.#url)).replace(/\s+/g, ' ').slice(0, 200);
    this.#restUntil = this.#deps.machineNow() + Math.min(FIRST_REST * 2 ** this.#failures, LONGEST_REST);
    this.#failures += 1;
    const why = `${this.#url.host} failed: ${reason}.`;
    this.#health = { ...this.#health, state: 'failing', why };
    return new NodeFailed(why, { retryable: true, cause });
  }
}

function accountOf({ data, owner }: AccountInfo<Uint8Array>): Account {
  return { data, owner: owner.toBase58() };
}

/** The library puts all addresses before the node's reason, and `fetch` the reason into its cause. */
function reasonOf(error: Error): string {
  const { message } = error instanceof TypeError && error.cause instanceof Error ? error.cause : error;
  return message.replace(/^failed to get info for accounts [\w,]*: /, '');
}
