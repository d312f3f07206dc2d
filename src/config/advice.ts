import type { Config } from '../model/config.ts';

const QUIET_KINDS = new Set(['log', 'inbox']);

/** Says what is missing for a useful alarm, one sentence each with what to add. `ownRules`: files outside the packs. */
export function advise(config: Pick<Config, 'chains' | 'receivers'>, ownRules: number): readonly string[] {
  const advice: string[] = [];
  if (Object.keys(config.chains).length === 0) {
    advice.push(
      'No chain is read. Run "tocsin init", or add to tocsin.yaml: chains: { ethereum: { rpc: ["${ETHEREUM_RPC_URL}"] } }.',
    );
  }
  if (config.receivers.every(({ kind }) => QUIET_KINDS.has(kind))) {
    advice.push(
      'Nobody is told. Add a receiver to tocsin.yaml, such as receivers: { team: { kind: slack_webhook, url: "${SLACK_WEBHOOK_URL}" } }; docs/receivers.md lists the kinds, from email to pagerduty.',
    );
  }
  if (ownRules === 0) {
    advice.push(
      'No rules of your own. Write what you hold into rules/*.yaml; rules/example.yaml of the package shows how.',
    );
  }
  return advice;
}
