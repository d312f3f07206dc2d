import type { Labels } from '../model/labels.ts';
import type { AlertRule, Asset } from '../model/rule.ts';
import { renderGo } from './template-go.ts';
import { renderLiquid } from './template-liquid.ts';

/** What annotations may speak of. `value` is in the base unit of what is judged. */
export interface TemplateScope {
  readonly labels: Labels;
  readonly value?: number | undefined;
  /** The level's name, or the label `severity` of a plain rule. */
  readonly severity?: string | undefined;
  /** As printed: `below −2 %`. */
  readonly threshold?: string | undefined;
  readonly asset?: Asset | undefined;
  /** Of Go templates: what Prometheus adds to every alert, and where it is reached. */
  readonly externalLabels?: Labels | undefined;
  readonly externalUrl?: string | undefined;
}

/** Renders one annotation. Never throws: what cannot be rendered stays as it was written. */
export function renderTemplate(template: string, language: AlertRule['templates'], scope: TemplateScope): string {
  if (!template.includes('{{') && !template.includes('{%')) return template;
  return language === 'go' ? renderGo(template, scope) : renderLiquid(template, scope);
}
