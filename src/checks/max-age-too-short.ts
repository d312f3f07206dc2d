import { formatDuration } from '../model/duration.ts';
import type { Check } from './finding.ts';

/** A `max_age` that one missed poll exceeds: every hiccup of a server makes verdicts unknown. */
export const maxAgeTooShort: Check = {
  id: 'max-age-too-short',
  severity: 'warning',
  run: ({ rules }) =>
    rules.sources
      .filter(({ every, maxAge }) => maxAge < 2 * every)
      .map((source) => ({
        at: { source },
        path: ['max_age'],
        message: `"max_age" of ${formatDuration(source.maxAge)} is shorter than two polls (every ${formatDuration(source.every)}), so one missed poll makes every rule on it unknown. Write ${formatDuration(2 * source.every)} or more.`,
      })),
};
