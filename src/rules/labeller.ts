import { renderGo } from '../dispatch/template-go.ts';
import type { Labels } from '../model/labels.ts';
import { dropName, remember } from '../promql/index.ts';

/** Makes the labels of an alert. */
export interface Labeller {
  /** From those of one element of the result, and its value. */
  readonly labelsOf: (labels: Labels, value: number) => Labels;
  /** The value plays no part. */
  readonly isFixed: boolean;
}

/** Adds a rule's own labels, of which some may be Go templates as in Prometheus, and drops the metric's name. */
export function labeller(own: Labels): Labeller {
  const templates = Object.entries(own).filter(([, text]) => isTemplate(text));
  if (templates.length === 0) return { labelsOf: fixed(own), isFixed: true };
  const labelsOf = (labels: Labels, value: number): Labels => {
    const rendered = templates.map(([name, text]) => [name, renderGo(text, { labels, value })]);
    return { ...dropName(labels), ...own, ...(Object.fromEntries(rendered) as Labels) };
  };
  return { labelsOf, isFixed: false };
}

function fixed(own: Labels): (labels: Labels) => Labels {
  if (Object.keys(own).length === 0) return dropName;
  // Not by spreading, which gives each of them a hidden class of its own once it is optimised.
  return remember((labels) => Object.fromEntries([...Object.entries(dropName(labels)), ...Object.entries(own)]));
}

/** True when an alert with these labels can be of a rule with such own labels. */
export function carries(labels: Labels, own: Labels): boolean {
  return Object.entries(own).every(([name, text]) => (labels[name] ?? '') === text || isTemplate(text));
}

function isTemplate(text: string): boolean {
  return text.includes('{{');
}
