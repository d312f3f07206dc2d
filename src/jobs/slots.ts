/** Slots of a cadence that begin after `last` and not after `now`, oldest first, at most the `most` newest. Unix ms and ms. */
export function slotsSince(last: number, now: number, every: number, most: number): readonly number[] {
  const newest = Math.floor(now / every) * every;
  const first = Math.max((Math.floor(last / every) + 1) * every, newest - (most - 1) * every);
  const slots: number[] = [];
  for (let slot = first; slot <= newest; slot += every) slots.push(slot);
  return slots;
}
