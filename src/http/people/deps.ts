import type { Quiet } from '../../jobs/quiet.ts';
import type { Act } from '../../model/mute.ts';
import type { Secret } from '../../model/secret.ts';
import type { Store } from '../../model/store.ts';

/** What people do from a mail or from Slack. */
export interface PeopleDeps {
  readonly store: Pick<Store, 'acknowledge' | 'addSilence' | 'writeAudit' | 'useOnce'>;
  /** Judging and machine clock, unix ms. */
  readonly now: () => number;
  readonly machineNow: () => number;
  /** Signs links in mails. */
  readonly signingKey: Secret;
  /** Of the Slack apps whose buttons lead here. */
  readonly slackSecrets: readonly Secret[];
  /** How long an acknowledgement from a mail or Slack holds: ms. */
  readonly unackAfter: number;
  /** Keeps refusals that repeat themselves off the record. */
  readonly quiet: Quiet;
}

/** Keeps on record that something was refused, once in a while: whoever tries again and again fills no disk. */
export async function recordRefusal(
  { store, now, quiet }: PeopleDeps,
  {
    via,
    action,
    subject,
    why,
  }: { readonly via: Act['via']; readonly action: string; readonly subject: string; readonly why: string },
): Promise<void> {
  const entry = { by: 'unknown', via, at: now(), action, subject: subject.slice(0, 200), refused: why };
  let written: Promise<void> | undefined;
  quiet(`${via} ${action} ${entry.subject} ${why}`, (held) => {
    written = store.writeAudit({ ...entry, ...(held > 0 && { detail: { before: held } }) });
  });
  await written;
}
