import { SLACK_ACK, SLACK_SILENCE, slackAckValue, slackSilenceValue } from '../model/slackAction.ts';
import type { Notification } from '../model/notification.ts';
import { runbookOf } from './content.ts';

interface Button {
  readonly type: 'button';
  readonly action_id: string;
  readonly text: { readonly type: 'plain_text'; readonly text: string };
  readonly value?: string;
  readonly url?: string;
  readonly style?: 'primary';
}

export interface ActionsBlock {
  readonly type: 'actions';
  readonly elements: readonly Button[];
}

/** What can be done about a message that tells of something firing; the values say about what. */
export function slackButtons(notification: Notification): readonly ActionsBlock[] {
  const firing = notification.alerts.filter(({ state }) => state === 'firing');
  const [first] = firing;
  if (first === undefined) return [];
  const ids = firing.map(({ id }) => id).filter((id) => /^[0-9a-f]{16}$/.test(id));
  const only = firing.length === 1 ? { ...first.labels, alertname: first.rule } : notification.groupLabels;
  const silence = slackSilenceValue(only);
  const runbook = runbookOf(first);
  const elements: readonly (Button | undefined)[] = [
    ids.length === 0 ? undefined : { ...button(SLACK_ACK, 'Acknowledge'), value: slackAckValue(ids), style: 'primary' },
    silence === undefined ? undefined : { ...button(SLACK_SILENCE, 'Silence 1 h'), value: silence },
    runbook === undefined ? undefined : { ...button('tocsin_runbook', 'Runbook'), url: runbook },
  ];
  const shown = elements.filter((element) => element !== undefined);
  return shown.length === 0 ? [] : [{ type: 'actions', elements: shown }];
}

function button(action_id: string, text: string): Button {
  return { type: 'button', action_id, text: { type: 'plain_text', text } };
}
