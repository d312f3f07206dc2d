import DataLoader from 'dataloader';
import { Agent } from 'undici';
import type { ChainConfig } from '../model/config.ts';
import type { SolanaReads } from '../model/source.ts';
import { SourceError } from '../model/source.ts';
import type { UrlHealth } from './evmUrl.ts';
import type { Account, Accounts, SolanaDeps } from './solana-node.ts';
import { NodeFailed, SolanaNode } from './solana-node.ts';

/** Sysvar that holds the time of the slot it is read in, so that time and slot come in one answer. */
const CLOCK = 'SysvarC1ock11111111111111111111111111111111';
const CLOCK_TIME_OFFSET = 32;
const MOST_ACCOUNTS = 100;
const MAX_ANSWER_BYTES = 16 * 2 ** 20;

/** One Solana cluster behind several RPC URLs. */
export interface SolanaChain {
  /**
   * Runs `work` on accounts at commitment `confirmed`, none older than `slot`; accounts asked for in one turn are read
   * in one request. @throws {SourceError} naming the chain when no URL is left.
   */
  readonly run: <T>(work: (reads: SolanaReads) => Promise<T>, signal: AbortSignal) => Promise<T>;
  /** In the order of the configuration. */
  readonly health: () => readonly UrlHealth[];
  readonly close: () => Promise<void>;
}

type Ask = (addresses: readonly string[], minSlot: number) => Promise<Accounts>;

/** Reads one cluster through the URLs of its configuration, in order of preference. */
export function createSolanaChain(config: ChainConfig, deps: SolanaDeps): SolanaChain {
  const agent = new Agent({ maxResponseSize: MAX_ANSWER_BYTES });
  const nodes = config.rpc.map((url) => new SolanaNode(config, url, { ...deps, agent }));

  const askAny = async (addresses: readonly string[], minSlot: number, signal: AbortSignal) => {
    for (const node of inOrder(nodes)) {
      try {
        return await node.accounts(addresses, minSlot, signal);
      } catch (error) {
        if (!(error instanceof NodeFailed)) throw error;
      }
    }
    throw noUrl(config.name, nodes);
  };
  return {
    run: async (work, signal) => {
      const ask: Ask = (addresses, minSlot) => askAny(addresses, minSlot, signal);
      return work(await openReads(config.name, ask));
    },
    health: () => nodes.map((node) => node.health),
    close: () => agent.destroy(),
  };
}

async function openReads(chain: string, ask: Ask): Promise<SolanaReads> {
  const { PublicKey } = await import('@solana/web3.js');
  const { slot, accounts } = await ask([CLOCK], 0);
  const loader = new DataLoader<string, Account | undefined>(
    async (addresses) => (await ask(addresses, slot)).accounts,
    { maxBatchSize: MOST_ACCOUNTS },
  );
  const account = async (address: string) => {
    if (isAddress(address, PublicKey)) return loader.load(address);
    throw new SourceError(`"${address}" is no Solana address: 32 bytes in base58 were expected.`, { retryable: false });
  };
  return { chain, slot, slotTime: slotTime(chain, accounts[0]), account };
}

/** One malformed address would fail the request of all others. */
function isAddress(address: string, Key: new (text: string) => unknown): boolean {
  try {
    void new Key(address);
    return true;
  } catch {
    return false;
  }
}

function slotTime(chain: string, clock: Account | undefined): number {
  if (clock === undefined || clock.data.length < CLOCK_TIME_OFFSET + 8) {
    throw new SourceError(`The nodes of "${chain}" have no clock account. Check that chains.${chain}.rpc is Solana.`, {
      retryable: true,
    });
  }
  const { buffer, byteOffset, byteLength } = clock.data;
  return Number(new DataView(buffer, byteOffset, byteLength).getBigInt64(CLOCK_TIME_OFFSET, true)) * 1000;
}

/** Good URLs first; failing ones still serve as the last resort. */
function inOrder(nodes: readonly SolanaNode[]): readonly SolanaNode[] {
  return [...nodes.filter((node) => !node.resting), ...nodes.filter((node) => node.resting)];
}

function noUrl(chain: string, nodes: readonly SolanaNode[]): SourceError {
  const why = nodes.flatMap(({ health }) => health.why ?? []).join(' ');
  const what = nodes.length === 0 ? `Chain "${chain}" has no RPC URL.` : `No RPC URL of "${chain}" is usable. ${why}`;
  return new SourceError(`${what} Add a working URL to chains.${chain}.rpc.`, { retryable: true });
}
