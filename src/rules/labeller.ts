import { renderGo } from '../dispatch/template-go.ts';
import type { Labels } from '../model/labels.ts';
import { dropName, remember } from '../promql/index.ts';

/** The labels of an alert, from those of one element of the result and its value. */
export type Labeller = (labels: Labels, value: number) => Labels;

/** Adds a rule's own labels, of which some may be Go templates as in Prometheus, and drops the metric's name. */
export function labeller(own: Labels): Labeller {
  const templates = Object.entries(own).filter(([, text]) => isTemplate(text));
  if (templates.length === 0) return remember((labels) => ({ ...dropName(labels), ...own }));
  return (labels, value) => {
    const rendered = templates.map(([name, text]) => [name, renderGo(text, { labels, value })]);
    return { ...dropName(labels), ...own, ...(Object.fromEntries(rendered) as Labels) };
  };
}

/** True when an alert with these labels can be of a rule with such own labels. */
export function carries(labels: Labels, own: Labels): boolean {
  return Object.entries(own).every(([name, text]) => (labels[name] ?? '') === text || isTemplate(text));
}

function isTemplate(text: string): boolean {
  return text.includes('{{');
}
