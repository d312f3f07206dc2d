import type { Store } from '../model/store.ts';

/** Numbers of transitions that are told before they are committed. */
export interface Numbers {
  /** Hears that so many may be wanted in a moment; they are reserved meanwhile. */
  readonly expect: (count: number) => void;
  /** So many at least, rising. */
  readonly take: (count: number) => Promise<readonly number[]>;
}

export function createNumbers({ reserveTransitions }: Pick<Store, 'reserveTransitions'>): Numbers {
  let reserved: Promise<readonly number[]> | undefined;
  return {
    expect: (count) => {
      reserved = reserveTransitions(count).catch(() => []);
    },
    take: async (count) => {
      const given = reserved;
      // They rise with time: what is left over is no number for what happens later.
      reserved = undefined;
      const numbers = (await given) ?? [];
      return numbers.length < count ? reserveTransitions(count) : numbers;
    },
  };
}
