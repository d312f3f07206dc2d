import { startHttpSink } from './http.ts';
import type { Answer, Fault, Received } from './http.ts';
import { complaintsAbout } from './slackLimits.ts';

export interface SlackReceived {
  /** Machine clock, unix ms. */
  readonly at: number;
  readonly payload: { readonly text: string; readonly blocks: readonly unknown[] };
  readonly accepted: boolean;
}

/** A Slack-compatible incoming webhook on this machine that checks Slack's limits and keeps what it gets. */
export interface SlackSink {
  readonly url: string;
  readonly received: SlackReceived[];
  /** Faults for the requests to come, one each; then it accepts again. */
  readonly faults: Fault[];
  readonly onMessage: (listener: (message: SlackReceived) => void) => void;
  readonly close: () => Promise<void>;
}

export async function startSlackSink(
  path = '/services/T0DEMO00/B0DEMO00/abcdefghijklmnopqrstuvwx',
): Promise<SlackSink> {
  const received: SlackReceived[] = [];
  const listeners: ((message: SlackReceived) => void)[] = [];
  const { url, faults, close } = await startHttpSink((request, isFaulty) => {
    const { payload, ...answer } = answerTo(request, path);
    if (payload !== undefined) {
      const message = { at: Date.now(), payload, accepted: !isFaulty && answer.status === 200 };
      received.push(message);
      for (const listener of listeners) listener(message);
    }
    return { ...answer, headers: { 'content-type': 'text/html' } };
  });
  return { url: `${url}${path}`, received, faults, onMessage: (listener) => listeners.push(listener), close };
}

function answerTo(request: Received, path: string): Answer & { readonly payload?: SlackReceived['payload'] } {
  if (request.method !== 'POST' || request.path !== path) return { status: 404, body: 'no_service' };
  let payload: unknown;
  try {
    payload = JSON.parse(request.body);
  } catch {
    return { status: 400, body: 'invalid_payload' };
  }
  const complaints = complaintsAbout(payload);
  const seen = payload as SlackReceived['payload'];
  if (complaints.length > 0) return { status: 400, body: `invalid_blocks: ${complaints.join('; ')}`, payload: seen };
  return { status: 200, body: 'ok', payload: seen };
}
