import type { NotifierIo } from '../../src/model/config.ts';

/** Real `fetch`; what is logged and kept goes nowhere unless a test looks at it. */
export function silentIo(overrides: Partial<NotifierIo> = {}): NotifierIo {
  return { fetch, now: Date.now, log: () => {}, draw: async () => undefined, keep: async () => {}, ...overrides };
}
