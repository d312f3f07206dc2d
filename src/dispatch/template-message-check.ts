import type { Notification, ToldAlert } from '../model/notification.ts';
import { engine, parseLiquid } from './template-liquid.ts';
import { ALERT_NAMES, messageScope } from './template-message.ts';

export interface TemplateError {
  /** Characters of the template. */
  readonly span: readonly [from: number, to: number];
  readonly message: string;
}

/** What is wrong with the template of a message: syntax, filters and tags first, then every unknown name, then whether it renders. */
export function messageTemplateErrors(template: string): readonly TemplateError[] {
  try {
    const parsed = parseLiquid(template);
    const unknown = unknownNames(template);
    if (unknown.length > 0) return unknown;
    for (const example of EXAMPLES) engine.renderSync(parsed, messageScope(example), { strictVariables: true });
    return [];
  } catch (error) {
    return [errorOf(error, template)];
  }
}

function errorOf(error: unknown, template: string): TemplateError {
  if (!(error instanceof Error)) throw error;
  const { begin = 0, end = template.length } = (error as { token?: { begin?: number; end?: number } }).token ?? {};
  const reason = error.message.split('\n')[0]!.replace(/, line:\d+, col:\d+$/, '');
  return { span: [begin, Math.max(end, begin + 1)], message: `the template cannot be used: ${reason}` };
}

function unknownNames(template: string): readonly TemplateError[] {
  const { globals, variables } = engine.analyzeSync(parseLiquid(template), { partials: false });
  const loops = new Set([...template.matchAll(/\bfor\s+(\w+)\s+in\s+alerts\b/g)].map(([, name]) => name!));
  const isAlert = (root: string) => root === 'alert' || loops.has(root);
  const roots = Object.values(globals).flat();
  const inner = Object.entries(variables).flatMap(([root, found]) => (isAlert(root) ? found : []));
  return [
    ...roots
      .filter(({ segments }) => !NAMES.includes(String(segments[0])))
      .map(({ segments, location }) => ({ segments, location, depth: 0 })),
    ...inner
      .filter(({ segments: [, name] }) => typeof name === 'string' && !ALERT_NAMES.includes(name))
      .map(({ segments, location }) => ({ segments, location, depth: 1 })),
  ].map(({ segments, location: { row, col }, depth }) => {
    const name = segments.slice(0, depth + 1).join('.');
    const from = offsetOf(template, row, col);
    const known = depth === 0 ? NAMES : ALERT_NAMES;
    return {
      span: [from, from + name.length] as const,
      message: `unknown variable "${name}"; expected ${depth === 0 ? 'one' : 'a name of an alert'} of ${known.join(', ')}`,
    };
  });
}

function offsetOf(text: string, row: number, column: number): number {
  const before = text.split('\n').slice(0, row - 1);
  return before.reduce((sum, line) => sum + line.length + 1, 0) + column - 1;
}

const START = Date.UTC(2025, 10, 3, 17, 45);

const firing: ToldAlert = {
  ...{ id: '0000000000000001', rule: 'Example', state: 'firing', level: 'critical', since: START, startUnseen: false },
  labels: { asset: 'xusd', chain: 'ethereum', severity: 'critical' },
  changes: ['firing'],
  changedAt: [START],
  summary: 'Example: xUSD trades −9.73 % from NAV on ethereum',
  description: 'This is an example: nothing is wrong.',
  runbook: 'https://example.org/runbooks/Example',
  ...{ value: '−9.73 %', threshold: 'below −2 %', peak: '−9.73 %', peakAt: START },
  atRisk: { usd: 68_000_000, amount: '$68M', text: '$68M exposed (2 holders)' },
  evidence: {
    expression: 'asset:premium_to_nav_ratio{asset="xusd"}',
    substituted: '1.1405 / 1.2634 - 1',
    inputs: [],
  },
};

/** An alert to show and try templates on. */
export const EXAMPLE: Notification = {
  ...{ id: 'example', receiver: 'example', groupKey: 'example', threadId: 'example', status: 'firing' },
  ...{ level: 'critical', reminder: false, at: START + 1_560_000, timezone: 'UTC', earlier: [] },
  groupLabels: { alertname: 'Example', asset: 'xusd' },
  alerts: [firing],
};

const EXAMPLES: readonly Notification[] = [
  EXAMPLE,
  {
    ...EXAMPLE,
    status: 'resolved',
    alerts: [
      { ...firing, state: 'resolved', changes: ['resolved'], endedAt: START + 1_000_000 },
      { ...firing, id: '0000000000000002' },
    ],
  },
];

const NAMES = Object.keys(messageScope(EXAMPLE));
