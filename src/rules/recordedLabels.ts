import { NAME, without } from '../model/labels.ts';
import type { Labels } from '../model/labels.ts';
import type { RecordRule } from '../model/rule.ts';
import { remember } from '../promql/index.ts';

/** Gives a recorded series its labels. */
export function recordedLabels({ record: name, labels: own }: RecordRule): (labels: Labels) => Labels {
  return remember((labels) => ({ ...without(labels, [NAME]), ...own, [NAME]: name }));
}
