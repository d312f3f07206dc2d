import type { AlertRule, Level } from '../../src/model/rule.ts';

/** An alert rule with everything set; override what a test is about. */
export function rule(overrides: Partial<AlertRule> = {}): AlertRule {
  return {
    alert: 'BelowNav',
    expr: 'asset:premium_to_nav_ratio{asset="xusd"}',
    levels: [
      level({ name: 'warning', below: -0.005, clear: -0.003, written: '-0.5%' }),
      level({ name: 'critical', below: -0.02, clear: -0.01, written: '-2%' }),
    ],
    for: 0,
    keepFiringFor: 0,
    missing: 'hold',
    labels: {},
    annotations: {},
    templates: 'liquid',
    position: { file: 'rules/xusd.yaml', line: 1, column: 1 },
    ...overrides,
  };
}

export function level(overrides: Partial<Level> = {}): Level {
  return { name: 'critical', for: 0, clear: 0, written: '0', ...overrides };
}
