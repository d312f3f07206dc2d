import type { Alert, AlertLevel } from '../model/alert.ts';
import type { Labels } from '../model/labels.ts';

/** Labels as routes, silences, inhibition and templates see them: the level is `severity`, the rule is `alertname`. */
export function shownLabels({ labels, rule, level }: Pick<Alert, 'labels' | 'rule'> & { level: AlertLevel }): Labels {
  return { ...labels, alertname: rule, ...(level !== null && { severity: level }) };
}
