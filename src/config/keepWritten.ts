import { isMap, isScalar, visit, type Document, type Scalar } from 'yaml';

/** Keys whose value is a text, whatever it looks like, and keys of a map of such values. */
const TEXTS = new Set(['alert', 'record', 'expr', 'alertname', 'series', 'values']);
const MAPS_OF_TEXTS = new Set(['labels', 'annotations', 'exp_labels', 'exp_annotations', 'external_labels']);

/** Lets what is text keep the form in which it is written, in place: the label `1.50` is not `1.5`. */
export function keepWritten(document: Document): void {
  visit(document, {
    Pair(_, { key, value }) {
      const name = isScalar(key) ? String(key.value) : '';
      if (TEXTS.has(name) && isScalar(value)) keep(value);
      if (!MAPS_OF_TEXTS.has(name) || !isMap(value)) return;
      for (const inner of value.items) {
        if (isScalar(inner.key)) keep(inner.key);
        if (isScalar(inner.value) && inner.value.value !== null) keep(inner.value);
      }
    },
  });
}

/** Even `null` is a name where a name is written. */
function keep(scalar: Scalar): void {
  if (typeof scalar.value !== 'string' && scalar.source) scalar.value = scalar.source;
}
