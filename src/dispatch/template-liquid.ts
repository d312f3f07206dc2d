import { Liquid } from 'liquidjs';
import type { TemplateScope } from './template.ts';
import { printValue } from './render-value.ts';

// No file is ever read: `templates` replaces the file system. The limits end loops and floods.
// `renderLimit` is in ms of real time: long enough that a busy machine does not cut an honest text.
export const engine = new Liquid({
  templates: {},
  strictFilters: true,
  ownPropertyOnly: true,
  parseLimit: 10_000,
  renderLimit: 1000,
  memoryLimit: 100_000,
});

for (const [name, hint] of [
  ['percent', '%'],
  ['usd', '$'],
  ['duration', '1s'],
  ['multiple', '1x'],
] as const) {
  engine.registerFilter(name, (value: unknown) => print(value, hint));
}

function print(value: unknown, hint: string): string {
  if (typeof value === 'number') return printValue(value, hint);
  if (typeof value !== 'string' || value.trim() === '') return 'no value';
  return Number.isNaN(Number(value)) ? value : printValue(Number(value), hint);
}

/** Parsed templates, since parsing costs ten times what rendering does. */
const parsed = new Map<string, ReturnType<typeof engine.parse>>();
const MOST_PARSED = 5000;

export function parseLiquid(template: string): ReturnType<typeof engine.parse> {
  const known = parsed.get(template);
  if (known !== undefined) return known;
  if (parsed.size >= MOST_PARSED) parsed.clear();
  const fresh = engine.parse(template);
  parsed.set(template, fresh);
  return fresh;
}

/** Why a Liquid template cannot be read, or `undefined`. */
export function liquidError(template: string): string | undefined {
  if (!template.includes('{{') && !template.includes('{%')) return undefined;
  try {
    parseLiquid(template);
    return undefined;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return `the template cannot be read: ${error.message.split('\n')[0]!.replace(/, line:\d+, col:\d+$/, '')}`;
  }
}

/** Renders a Liquid template; an error leaves it as written, with a note that says why. */
export function renderLiquid(template: string, scope: TemplateScope): string {
  try {
    return String(engine.renderSync(parseLiquid(template), variables(scope)));
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    return `${template} [template error: ${reason}]`;
  }
}

function variables({ labels, value, severity, threshold, asset }: TemplateScope): object {
  const id = labels['asset'];
  return {
    ...labels,
    labels,
    value,
    severity,
    level: severity,
    threshold,
    asset: asset ?? (id === undefined ? undefined : { id, name: id }),
  };
}
