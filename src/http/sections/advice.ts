import type { Status } from '../../model/status.ts';
import { markup } from '../markup.ts';
import { section } from './parts.ts';
import type { Markup } from '../markup.ts';

/** What is missing for a useful alarm. */
export function adviceSection({ advice }: Status): Markup | undefined {
  if (advice.length === 0) return undefined;
  const items = advice.map((sentence) => markup`<li>${sentence}</li>`);
  return section('advice', 'To do', markup`<ul class="advice">${items}</ul>`);
}
