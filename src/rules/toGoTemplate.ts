import type { Labels } from '../model/labels.ts';

interface Known {
  /** Of the rule itself: Prometheus' templates do not see them. */
  readonly labels: Labels;
  readonly threshold: string;
  readonly lose: (what: string) => void;
}

const FILTERS: Readonly<Record<string, (operand: string) => string>> = {
  percent: (operand) => `{{ ${operand} | humanizePercentage }}`,
  duration: (operand) => `{{ ${operand} | humanizeDuration }}`,
  usd: (operand) => `\${{ ${operand} | humanize }}`,
  multiple: (operand) => `{{ ${operand} | printf "%.3g" }}x`,
};

/** Says a Liquid annotation as a Go template; what has no counterpart stands there as plain text, and is said to be lost. */
export function toGoTemplate(text: string, known: Known): string {
  return text.replace(/\{\{-?\s*(.*?)\s*-?\}\}|\{%-?\s*(.*?)\s*-?%\}/gs, (_whole, output?: string, tag?: string) => {
    const translated = output === undefined ? undefined : translate(output, known);
    if (translated !== undefined) return translated;
    known.lose(`"${output ?? tag}" has no simple Go template`);
    return `[${(output ?? tag)!.replaceAll('{{', '').replaceAll('}}', '')}]`;
  });
}

function translate(output: string, { labels, threshold, lose }: Known): string | undefined {
  const [, path, filter] = /^([A-Za-z_][\w.]*)(?:\s*\|\s*(\w+))?$/.exec(output) ?? [];
  if (path === undefined || (filter !== undefined && !Object.hasOwn(FILTERS, filter))) return undefined;
  if (path === 'threshold') return threshold;
  if (path === 'value') return printed('$value', filter);
  if (path === 'asset.name') lose('the name of an asset; there its id stands');
  const label = labelOf(path);
  if (label === undefined) return undefined;
  return Object.hasOwn(labels, label) ? labels[label] : printed(`$labels.${label}`, filter);
}

function labelOf(path: string): string | undefined {
  if (path === 'level') return 'severity';
  if (path === 'asset.name' || path === 'asset.id') return 'asset';
  const label = path.replace(/^labels\./, '');
  return label.includes('.') ? undefined : label;
}

function printed(operand: string, filter: string | undefined): string {
  return filter === undefined ? `{{ ${operand} }}` : FILTERS[filter]!(operand);
}
