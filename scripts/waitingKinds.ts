/** A kind that does not ship, because it could not be tested on anything real. */
interface WaitingKind {
  readonly kind: string;
  readonly judges: string;
  readonly waitsFor: string;
}

export const WAITING: readonly WaitingKind[] = [
  {
    kind: 'shock_immunity',
    judges: 'a redemption value that does not move on a day when all its peers do',
    waitsFor: 'recorded redemption values of peers around 10 October 2025',
  },
];
