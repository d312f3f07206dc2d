import {
  AbiDecodingZeroDataError,
  type BaseError,
  ContractFunctionExecutionError,
  ContractFunctionRevertedError,
  HttpRequestError,
  ResponseBodyTooLargeError,
  RpcError,
  RpcRequestError,
  TimeoutError,
} from 'viem';
import { formatDuration } from '../model/duration.ts';
import { scrub, secretsOf } from '../model/shown.ts';
import { CallReverted, SourceError, type Hex } from '../model/source.ts';

/** One RPC URL failed; the text starts with its host and holds nothing else of the URL. */
export class UrlFailed extends SourceError {
  override readonly name = 'UrlFailed';

  constructor(message: string) {
    super(message, { retryable: true });
  }
}

/** The URL belongs to another chain: it must not be asked again soon. */
export class WrongChain extends UrlFailed {}

/** What may be said of a URL, and what must not. */
export interface UrlNames {
  readonly host: string;
  /** The whole URL; may carry a key in its path, query or password. */
  readonly secretUrl: string;
  /** ms. */
  readonly timeout: number;
}

/** One view that was asked for. */
export interface Call {
  readonly chain: string;
  readonly address: string;
  readonly signature: string;
}

/**
 * Says why a URL failed. viem's own messages hold the whole URL, so none is passed on, not even as `cause`.
 */
export function urlFailure(error: unknown, names: UrlNames): UrlFailed {
  if (error instanceof UrlFailed) return error;
  return new UrlFailed(`${names.host} ${whyUrl(error, names)}.`);
}

/** True when the node understood the request and refused it, as opposed to a broken connection or answer. */
export function isRefusal(error: unknown): boolean {
  const transport =
    find(error, HttpRequestError) ?? find(error, TimeoutError) ?? find(error, ResponseBodyTooLargeError);
  return transport === undefined && (find(error, RpcRequestError) ?? find(error, RpcError)) !== undefined;
}

/** True when an answer was too large or too slow for its bounds: less may be asked for. */
export function isTooMuch(error: unknown): boolean {
  const status = find(error, HttpRequestError)?.status;
  if (status === 413 || status === 400) return true;
  return find(error, ResponseBodyTooLargeError) !== undefined || named(error, 'TimeoutError');
}

/** Tells a multicall that failed as a whole, which is the URL's failure, from one of its calls. */
export function isWholeCall(error: Error): boolean {
  const failed = find(error, ContractFunctionExecutionError);
  return failed === undefined || (failed.functionName === 'aggregate3' && failed.contractAddress === undefined);
}

/** What a node said of one call: it reverted with `data`, the call itself cannot be run, or the node failed. */
export function refusalOf(error: unknown): { readonly data: Hex } | 'unrunnable' | undefined {
  const rpc = isRefusal(error) ? (find(error, RpcRequestError) ?? find(error, RpcError)) : undefined;
  if (rpc === undefined) return undefined;
  const said = `${rpc.message} ${rpc.details}`;
  if (rpc.code === 3 || /\breverted\b/i.test(said)) return { data: revertData(error) };
  return /out of gas|gas required exceeds|invalid opcode|stack (under|over)flow/i.test(said) ? 'unrunnable' : undefined;
}

function revertData(error: unknown): Hex {
  const found = causes(error).flatMap((cause) => {
    const { data } = cause as { data?: unknown };
    return typeof data === 'object' && data !== null ? (data as { data?: unknown }).data : data;
  });
  return (found.find((data) => typeof data === 'string' && /^0x[0-9a-f]*$/i.test(data)) as Hex | undefined) ?? '0x';
}

/** What one failed call within a good multicall says about the contract. */
export function callFailure(error: Error, { chain, address, signature }: Call): CallReverted | SourceError {
  const view = /function\s+(\w+)/.exec(signature)?.[1] ?? signature;
  if (find(error, AbiDecodingZeroDataError) !== undefined) {
    const what = `No contract code at ${address} on ${chain}, or none that answers ${view}().`;
    return new SourceError(`${what} Check the address and the chain.`, { retryable: false });
  }
  const revert = find(error, ContractFunctionRevertedError);
  if (revert !== undefined) {
    const reason = revert.reason ?? revert.data?.errorName ?? revert.signature;
    return new CallReverted(`${view}() of ${address} on ${chain} reverted${reason ? `: "${clip(reason)}"` : ''}.`);
  }
  const what = `${view}() of ${address} on ${chain} could not be encoded or decoded as "${signature}".`;
  return new SourceError(`${what} Check the signature and its arguments.`, { retryable: false });
}

function whyUrl(error: unknown, names: UrlNames): string {
  if (find(error, ResponseBodyTooLargeError) !== undefined) return 'answered more than 16 MB';
  if (find(error, TimeoutError) !== undefined || named(error, 'TimeoutError')) {
    return `did not answer within ${formatDuration(names.timeout)}`;
  }
  const rpc = find(error, RpcRequestError) ?? find(error, RpcError);
  if (rpc !== undefined) return `answered JSON-RPC error ${rpc.code}: "${clip(withoutSecrets(rpc.details, names))}"`;
  const http = find(error, HttpRequestError);
  if (http?.status !== undefined) return `answered HTTP ${http.status}`;
  if (named(error, 'SyntaxError')) return 'did not answer JSON';
  const code = codeOf(error);
  return code === undefined ? 'answered nothing that could be read' : `could not be reached (${code})`;
}

/** Any part of an RPC URL's path may be its key, and providers quote keys in their errors. */
function withoutSecrets(text: string, { secretUrl }: UrlNames): string {
  const url = new URL(secretUrl);
  const path = url.pathname.split('/').filter((part) => part.length >= 6);
  return scrub(text, [secretUrl, ...secretsOf(url), ...path]);
}

function clip(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 160 ? `${line.slice(0, 160)}…` : line;
}

function causes(error: unknown): readonly unknown[] {
  const chain: unknown[] = [];
  for (let next = error; next instanceof Error && chain.length < 20; next = next.cause) chain.push(next);
  return chain;
}

function find<T extends BaseError>(error: unknown, type: abstract new (...args: never[]) => T): T | undefined {
  return causes(error).find((cause): cause is T => cause instanceof type);
}

function named(error: unknown, name: string): boolean {
  return causes(error).some((cause) => (cause as Error).name === name);
}

function codeOf(error: unknown): string | undefined {
  const coded = causes(error).find((cause) => typeof (cause as { code?: unknown }).code === 'string');
  return (coded as { code: string } | undefined)?.code;
}
