import type { Secret } from '../model/secret.ts';
import { secretsOf } from '../model/shown.ts';
import { reasonOf } from '../notifiers/reason.ts';
import { fetch } from './fetch.ts';

const BEAT_MS = 10_000;

/** Asks for an address, whose key is often part of it. @throws when it is not taken; the text holds no secret */
export async function sendBeat(url: Secret, method: 'GET' | 'POST'): Promise<void> {
  const address = new URL(url.reveal());
  const secrets = [url.reveal(), address.pathname + address.search, ...secretsOf(address)].filter(
    (one) => one.length > 5,
  );
  let status: number;
  try {
    const answer = await fetch(address, { method, redirect: 'manual', signal: AbortSignal.timeout(BEAT_MS) });
    await answer.body?.cancel();
    ({ status } = answer);
  } catch (error) {
    throw unreachable(address.host, reasonOf(error, secrets));
  }
  if (status < 200 || status > 299)
    throw new Error(`${address.host} answered ${status} to a heartbeat; 200 was expected.`);
}

function unreachable(host: string, cause: Error): Error {
  return new Error(`${host} could not be reached: "${cause.message}".`, { cause });
}
