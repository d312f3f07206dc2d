import { lastAt, peek, valueAt, type SeriesWindow } from '../model/series.ts';

/** The metric that is judged. */
export const PRICE = 'price_usd';

/** ms of prices to keep, so that a price does not thaw because the move of its peers was forgotten. */
export const PRICE_MEMORY = 86_400_000;

/** Samples that are looked at together. */
const AT_ONCE = 8;

/** Beyond this a peer has moved. */
const MOVE = 0.01;

/** A fresh price that stands still while others of the same asset move. */
export interface Frozen {
  readonly series: SeriesWindow;
  /** Unix ms of its last change. */
  readonly since: number;
  readonly movingPeers: readonly SeriesWindow[];
}

/**
 * Finds the frozen ones among the price series of one asset. A price is frozen from when a fresh peer moves more than 1 %
 * between two of its polls, for as long as it does not change and that peer stands elsewhere: what stood still in a collapse stays
 * frozen once the peers are calm again, and a peer that followed late accuses nobody.
 */
export function frozen(prices: readonly SeriesWindow[], now: number): readonly Frozen[] {
  const fresh = prices.filter((series) => !isAverage(series) && now - lastAt(series) <= series.maxAge);
  if (fresh.length < 2) return [];
  return fresh.flatMap((series) => {
    const start = runStart(series);
    if (start > series.to - 2) return [];
    const movingPeers = fresh.filter(
      (peer) => peer !== series && disagree(peer, series) && movedDuring(peer, series, start),
    );
    return movingPeers.length === 0 ? [] : [{ series, since: series.times[start]!, movingPeers }];
  });
}

/** A time-weighted price moves after the others by its nature: it neither freezes nor accuses. */
function isAverage({ labels }: SeriesWindow): boolean {
  return labels['method'] === 'twap';
}

/** The index from which the value has been what it is now. */
function runStart(series: SeriesWindow): number {
  const last = valueAt(series, series.to - 1);
  let index = series.to - 1;
  while (index > series.from) {
    const first = Math.max(series.from, index - AT_ONCE);
    const values = peek(series, first, index);
    while (index > first && values[index - 1] === last) index--;
    if (index > first) return index;
  }
  return index;
}

/**
 * True when the peer moved between two neighbouring samples of the still one, from `start` on. What the peer said more than a step
 * earlier is of a time in which the still one moved too: beside an hourly mean every price of two like minutes would be frozen.
 */
function movedDuring(peer: SeriesWindow, still: SeriesWindow, start: number): boolean {
  const earliest = 2 * still.times[start]! - still.times[start + 1]!;
  let cursor = peer.from;
  let before: number | undefined;
  const { values } = peer;
  for (let index = start; index < still.to; index++) {
    while (cursor < peer.to && peer.times[cursor]! <= still.times[index]!) cursor++;
    const value = cursor > peer.from && peer.times[cursor - 1]! >= earliest ? values[cursor - 1] : undefined;
    if (before !== undefined && value !== undefined && isMove(before, value)) return true;
    before = value;
  }
  return false;
}

function disagree(a: SeriesWindow, b: SeriesWindow): boolean {
  return isMove(valueAt(b, b.to - 1), valueAt(a, a.to - 1));
}

function isMove(before: number, after: number): boolean {
  return Math.abs(after / before - 1) > MOVE;
}
