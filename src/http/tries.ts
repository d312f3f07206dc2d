const ALLOWED = 10;
const ADDRESSES = 1_000;

/** Wrong tries by address; each is forgiven after a while. When too many addresses try, all are held to be exhausted. */
export interface Tries {
  readonly count: (address: string) => void;
  readonly exhausted: (address: string) => boolean;
}

/** Ten tries per address, forgiven one by one after `forgiveMs` of real time. */
export function countTries(forgiveMs = 60_000): Tries {
  const wrong = new Map<string, number>();

  const forgive = (address: string): void => {
    const left = (wrong.get(address) ?? 1) - 1;
    if (left > 0) wrong.set(address, left);
    else wrong.delete(address);
  };

  return {
    count: (address) => {
      wrong.set(address, (wrong.get(address) ?? 0) + 1);
      setTimeout(forgive, forgiveMs, address).unref();
    },
    exhausted: (address) => (wrong.get(address) ?? 0) >= ALLOWED || (wrong.size >= ADDRESSES && !wrong.has(address)),
  };
}
