import { readDouble, STRETCH, type Form } from './form.ts';

/** Values as they are. */
export const plain: Form = {
  measure: () => 8 * STRETCH,
  write: ({ bytes }, into, at) => into.set(bytes, at),
  read: (from, at, { first, last, into, to }) => {
    for (let index = first; index < last; index++) into[to + index - first] = readDouble(from, at + 8 * index);
  },
};
