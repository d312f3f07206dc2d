/** What is known of a key, or is found now. Once so many are known, all are forgotten: what is asked for often is soon known again. */
export function remembered<Key, Value>(known: Map<Key, Value>, key: Key, find: () => Value, most: number): Value {
  const found = known.get(key);
  if (found !== undefined) return found;
  if (known.size >= most) known.clear();
  const value = find();
  known.set(key, value);
  return value;
}
