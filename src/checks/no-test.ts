import type { Check } from './finding.ts';

/** An alert that no test has ever seen fire; one of a kind is covered by the tests of its kind. */
export const noTest: Check = {
  id: 'no-test',
  severity: 'warning',
  run: ({ alerts, tested }) =>
    alerts
      .filter(({ rule }) => tested !== undefined && rule.kind === undefined && !tested.has(rule.alert))
      .map(({ rule }) => ({
        at: { rule },
        path: ['alert'],
        message: `No test speaks of "${rule.alert}", so nobody has seen it fire. Write one beside the rule, in a file that ends in .test.yaml.`,
      })),
};
