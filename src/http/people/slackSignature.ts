import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../../model/secret.ts';

export interface SlackRequest {
  /** Bytes as they came. */
  readonly raw: Buffer;
  /** `X-Slack-Request-Timestamp`: unix seconds. */
  readonly timestamp: string | undefined;
  /** `X-Slack-Signature`. */
  readonly signature: string | undefined;
}

/** How far a request's time may be from ours: ms. */
export const SLACK_PATIENCE = 300_000;

/**
 * Why a request is none of Slack's to us; undefined when it is one. `now` is unix ms, machine clock.
 * https://docs.slack.dev/authentication/verifying-requests-from-slack
 */
export function slackRefusal(
  { raw, timestamp, signature }: SlackRequest,
  secrets: readonly Secret[],
  now: number,
): string | undefined {
  if (timestamp === undefined || signature === undefined || !/^\d{1,12}$/.test(timestamp)) return 'it is not signed';
  if (Math.abs(now - Number(timestamp) * 1000) > SLACK_PATIENCE) return 'its time is more than five minutes off';
  const isOurs = secrets.some((secret) => {
    const hmac = createHmac('sha256', secret.reveal()).update(`v0:${timestamp}:`).update(raw).digest('hex');
    return timingSafeEqual(digest(`v0=${hmac}`), digest(signature));
  });
  return isOurs ? undefined : 'its signature is wrong';
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
