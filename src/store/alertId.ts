import { fingerprint, type Labels, NAME } from '../model/labels.ts';

/** Primary key of an alert: its rule and labels, hashed. */
export function alertId(alert: { readonly rule: string; readonly labels: Labels }): string {
  return fingerprint({ ...alert.labels, [NAME]: alert.rule });
}
