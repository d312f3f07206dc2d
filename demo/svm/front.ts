import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PublicKey, VersionedTransaction } from '@solana/web3.js';
import { FailedTransactionMetadata, LiteSVM } from 'litesvm';

// The process behind `startSvm`: the SVM and its programs are real, this JSON-RPC in front of it is ours. A panic inside
// litesvm ends the process, so it must be one of its own.

type Address = Parameters<LiteSVM['getAccount']>[0];
type Transaction = Parameters<LiteSVM['sendTransaction']>[0];
type Params = readonly unknown[];

class RpcError extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** litesvm takes only the newest blockhash, clients keep one for a while: its own check is off. */
const svm = new LiteSVM().withBlockhashCheck(false);
let slot = 1;
nextSlot();

/** A slot of 400 ms on the wall clock, one for each transaction. */
function nextSlot(): void {
  slot += 1;
  svm.warpToSlot(BigInt(slot));
  const clock = svm.getClock();
  clock.unixTimestamp = BigInt(Math.floor(Date.now() / 1000));
  svm.setClock(clock);
  svm.expireBlockhash();
}

const inContext = (value: unknown) => ({ context: { slot }, value });

function account(key: string) {
  const found = svm.getAccount(key as Address);
  if (!found.exists) return null;
  return {
    lamports: Number(found.lamports),
    owner: found.programAddress,
    data: [Buffer.from(found.data).toString('base64'), 'base64'],
    executable: found.executable,
    rentEpoch: 0,
    space: found.data.length,
  };
}

function accounts([keys, config]: Params) {
  const { minContextSlot = 0 } = (config ?? {}) as { minContextSlot?: number };
  if (minContextSlot > slot) throw new RpcError(-32016, 'Minimum context slot has not been reached');
  const asked = keys as readonly string[];
  if (asked.length > 100) throw new RpcError(-32602, 'Too many inputs provided; max 100');
  return inContext(asked.map(account));
}

function send([encoded]: Params): string {
  const transaction = VersionedTransaction.deserialize(Buffer.from(encoded as string, 'base64'));
  const { staticAccountKeys } = transaction.message;
  const signed = transaction.signatures.map((signature, n) => [staticAccountKeys[n]?.toBase58(), signature] as const);
  const result = svm.sendTransaction({
    messageBytes: transaction.message.serialize(),
    signatures: Object.fromEntries(signed),
  } as unknown as Transaction);
  if (result instanceof FailedTransactionMetadata) throw new RpcError(-32002, result.meta().logs().join('; '));
  nextSlot();
  return new PublicKey(transaction.signatures[0]?.slice(0, 32) ?? []).toBase58();
}

function airdrop([key, lamports]: Params): string {
  svm.airdrop(key as Address, BigInt(lamports as number) as Parameters<LiteSVM['airdrop']>[1]);
  nextSlot();
  return 'airdrop';
}

const METHODS: Readonly<Record<string, (params: Params) => unknown>> = {
  getHealth: () => 'ok',
  getSlot: () => slot,
  getLatestBlockhash: () => inContext({ blockhash: svm.latestBlockhash(), lastValidBlockHeight: slot + 150 }),
  getMultipleAccounts: accounts,
  requestAirdrop: airdrop,
  sendTransaction: send,
};

function answer(body: string) {
  const { id, method, params } = JSON.parse(body) as { id: unknown; method: string; params?: Params };
  try {
    const run = METHODS[method];
    if (run === undefined) throw new RpcError(-32601, `Method not found: ${method}`);
    return { jsonrpc: '2.0', id, result: run(params ?? []) };
  } catch (error) {
    const code = error instanceof RpcError ? error.code : -32602;
    return { jsonrpc: '2.0', id, error: { code, message: error instanceof Error ? error.message : String(error) } };
  }
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(answer(Buffer.concat(chunks).toString())));
  });
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('disconnect', () => process.exit());
