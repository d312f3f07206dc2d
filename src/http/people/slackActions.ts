import { parseSlackAck, parseSlackSilence, SLACK_ACK, SLACK_SILENCE } from '../../model/slackAction.ts';
import type { Act } from '../../model/mute.ts';
import { recordRefusal } from './deps.ts';
import type { PeopleDeps } from './deps.ts';

const HOUR = 3_600_000;

/** Does what the buttons of an interaction say, in the name of who pressed them. A payload is trusted by then: Slack has sent it. */
export async function doSlackActions(payload: unknown, deps: PeopleDeps): Promise<void> {
  const { type, user, actions } = (payload ?? {}) as Payload;
  if (type !== 'block_actions' || !Array.isArray(actions)) return;
  const at = deps.now();
  const act: Act = { by: userName(user), via: 'slack', at };
  for (const { action_id: action, value } of actions as readonly Pressed[]) {
    if (action === SLACK_ACK) await acknowledge(value, act, deps);
    if (action === SLACK_SILENCE) await silence(value, act, deps);
  }
}

interface Payload {
  readonly type?: unknown;
  readonly user?: { readonly id?: unknown; readonly username?: unknown; readonly name?: unknown };
  readonly actions?: unknown;
}

interface Pressed {
  readonly action_id?: unknown;
  readonly value?: unknown;
}

async function acknowledge(value: unknown, act: Act, deps: PeopleDeps): Promise<void> {
  const alertIds = parseSlackAck(value);
  if (alertIds === undefined)
    return recordRefusal(deps, { ...act, action: 'ack', subject: 'slack', why: 'no alerts were named' });
  await deps.store.acknowledge({ alertIds, until: act.at + deps.unackAfter }, act);
}

async function silence(value: unknown, act: Act, deps: PeopleDeps): Promise<void> {
  const matchers = parseSlackSilence(value);
  if (matchers === undefined)
    return recordRefusal(deps, { ...act, action: 'silence.add', subject: 'slack', why: 'no matchers were named' });
  const input = {
    matchers,
    startsAt: act.at,
    endsAt: act.at + HOUR,
    createdBy: act.by,
    comment: 'Silence 1 h, from Slack',
  };
  await deps.store.addSilence(input, act);
}

function userName(user: Payload['user']): string {
  const name = [user?.username, user?.name].find((one) => typeof one === 'string');
  const id = typeof user?.id === 'string' ? user.id : 'unknown';
  return (name === undefined ? id : `${name} (${id})`).slice(0, 120);
}
