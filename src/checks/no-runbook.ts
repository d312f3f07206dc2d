import type { Check } from './finding.ts';

/** An alert that tells a person something is wrong, and not what to do. */
export const noRunbook: Check = {
  id: 'no-runbook',
  severity: 'warning',
  run: ({ alerts }) =>
    alerts
      .filter(({ rule }) => !rule.annotations['runbook'] && !rule.annotations['runbook_url'])
      .map(({ rule }) => ({
        at: { rule },
        path: ['alert'],
        message: `"${rule.alert}" has no runbook, so whoever is woken must find out alone what to do. Add annotations: { runbook: … }.`,
      })),
};
