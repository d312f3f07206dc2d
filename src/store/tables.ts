import type { Alert } from '../model/alert.ts';
import type { InboxMessage } from '../model/config.ts';
import type { Origin } from '../model/sample.ts';
import type { SentNotification } from '../model/claim.ts';

/** What the query builder reads; the rest of the schema is written by SQL alone. */
export interface Tables {
  readonly source_states: {
    readonly source: string;
    readonly last_run_at: number;
    readonly last_ok_at: number | null;
    readonly error: string | null;
    readonly took_ms: number;
    readonly origin: Origin;
  };
  readonly rule_groups: {
    readonly name: string;
    readonly evaluated_at: number;
    readonly deadline: number | null;
  };
  readonly alerts: { readonly id: string; readonly rule: string; readonly alert: Alert; readonly posted: boolean };
  readonly group_due: {
    readonly receiver: string;
    readonly group_key: string;
    readonly due_at: number | null;
  };
  readonly notifications: {
    readonly id: string;
    readonly receiver: string;
    readonly group_key: string;
    readonly thread_id: string;
    readonly at: number;
    readonly receipt: string | null;
    readonly status: SentNotification['status'];
    readonly alerts: SentNotification['alerts'];
  };
  readonly inbox: { readonly id: string; readonly at: number; readonly message: InboxMessage };
  readonly accepted_rules: { readonly files: Readonly<Record<string, string>> };
}
