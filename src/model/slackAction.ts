import type { Labels, Matcher } from './labels.ts';

/** Ids of the buttons: what is sent with a message comes back with a press. */
export const SLACK_ACK = 'tocsin_acknowledge';
export const SLACK_SILENCE = 'tocsin_silence';

/** Slack takes 2,000 characters as a button's value. */
const MOST = 2000;

/** Names alerts in a button; as many as fit. */
export function slackAckValue(alertIds: readonly string[]): string {
  return alertIds.slice(0, 100).join(',').slice(0, MOST);
}

export function parseSlackAck(value: unknown): readonly string[] | undefined {
  if (typeof value !== 'string' || !/^[0-9a-f]{16}(?:,[0-9a-f]{16}){0,99}$/.test(value)) return undefined;
  return value.split(',');
}

/** Names in a button what is to be silenced; nothing when it would not fit or would match everything. */
export function slackSilenceValue(labels: Labels): string | undefined {
  const pairs = Object.entries(labels).filter(([, value]) => value !== '');
  const text = JSON.stringify(pairs);
  return pairs.length === 0 || text.length > MOST ? undefined : text;
}

export function parseSlackSilence(value: unknown): readonly Matcher[] | undefined {
  if (typeof value !== 'string' || value.length > MOST) return undefined;
  try {
    const pairs = JSON.parse(value) as unknown;
    if (!Array.isArray(pairs) || pairs.length === 0) return undefined;
    return pairs.map((pair: unknown) => {
      const [name, wanted] = pair as [unknown, unknown];
      if (typeof name !== 'string' || typeof wanted !== 'string' || wanted === '') throw new TypeError('no label');
      return { name, op: '=', value: wanted };
    });
  } catch {
    return undefined;
  }
}
