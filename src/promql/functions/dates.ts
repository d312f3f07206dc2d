import { EMPTY } from '../labels.ts';
import { listed } from '../listed.ts';
import { mapper } from '../names.ts';
import type { Vector } from '../value.ts';
import type { FunctionTable, WholeFunction } from './definition.ts';

const DAY = 86_400_000;

/** Parts of a date in UTC, of values in seconds since 1970 or of the evaluation's own instant. */
export const DATES: FunctionTable = {
  year: dateFunction((date) => date.getUTCFullYear()),
  month: dateFunction((date) => date.getUTCMonth() + 1),
  day_of_month: dateFunction((date) => date.getUTCDate()),
  day_of_week: dateFunction((date) => date.getUTCDay()),
  day_of_year: dateFunction((date) => Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0)) / DAY) + 1),
  days_in_month: dateFunction((date) =>
    new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate(),
  ),
  hour: dateFunction((date) => date.getUTCHours()),
  minute: dateFunction((date) => date.getUTCMinutes()),
};

function dateFunction(part: (date: Date) => number): WholeFunction {
  const partOf = (seconds: number): number => part(new Date(Math.trunc(seconds) * 1000));
  return {
    kind: 'whole',
    args: ['vector'],
    optional: 1,
    returns: 'vector',
    compile: ([input]) => {
      if (input === undefined) return listed((frame) => [{ labels: EMPTY, value: partOf(frame.now / 1000) }]);
      const map = mapper();
      return { type: 'vector', run: (frame) => map(frame, (input as Vector).run(frame), partOf) };
    },
  };
}
