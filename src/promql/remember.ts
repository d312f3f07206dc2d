/** Keeps the answer for each object as long as the object lives, so that label sets are worked out once per series. */
export function remember<Key extends object, Value>(answer: (key: Key) => Value): (key: Key) => Value {
  // Most rules are evaluated as part of a family and never ask.
  let known: WeakMap<Key, Value> | undefined;
  return (key) => {
    known ??= new WeakMap();
    let value = known.get(key);
    if (value === undefined) {
      value = answer(key);
      known.set(key, value);
    }
    return value;
  };
}
