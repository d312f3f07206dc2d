import type { Alert, AlertSpec } from '../model/alert.ts';
import type { Outlook } from '../rules/outlook.ts';
import { goOn } from './advance.ts';

/** Steps of a column, at each of which the alert is at the top. */
interface Stretch {
  readonly outlook: Outlook;
  readonly column: number;
  readonly from: number;
  readonly to: number;
}

/** What all these steps together make of an alert: only the worst and the last value count. */
export function goOnThrough(alert: Alert, spec: AlertSpec, { outlook, column, from, to }: Stretch): Alert {
  const { instants, steps } = outlook;
  const values = outlook.compared.values.subarray(column * steps, (column + 1) * steps);
  let worst = from;
  for (let step = from + 1; step < to; step++) {
    if (spec.worse === 'up' ? values[step]! > values[worst]! : values[step]! < values[worst]!) worst = step;
  }
  const atWorst = goOn(alert, values[worst]!, spec, instants[worst]!);
  return goOn(atWorst, values[to - 1]!, spec, instants[to - 1]!);
}
