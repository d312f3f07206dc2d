import { NotifyError } from '../../src/model/notification.ts';
import type { Notification, Notifier } from '../../src/model/notification.ts';
import type { Claimed } from '../../src/jobs/deliver.ts';
import type { Life } from './crashes.ts';

type Ids = ReadonlySet<number>;

/** What the recipient of a group has in hand. */
export interface Accepted {
  readonly at: number;
  readonly notification: Notification;
  /** Machine clock, unix ms. */
  readonly machineAt: number;
  /** Transitions that were committed when its sender asked for the claim, and when it was accepted; unknown of workers that are processes of their own. */
  readonly known?: { readonly first: Ids; readonly last: Ids } | undefined;
  /** Which of the workers that are killed one after the other sent it, from 0 on. */
  readonly life?: number | undefined;
  /** Its sender has written down that it was accepted. */
  written: boolean;
  /** Its sender may not know that it was accepted: the answer was lost, or the sender was killed before it wrote it down. */
  excused: boolean;
}

export const MODES = ['fine', 'fine', 'fine', 'busy', 'broken', 'silent', 'reset', 'half'] as const;
/** `gone` is refused for good. */
export type Mode = (typeof MODES)[number] | 'gone';

/** Takes messages and keeps all it accepts, also those whose sender never hears of it. */
export class Receiver {
  readonly accepted: Accepted[] = [];
  mode: Mode = 'fine';
  /** The latest that the judging clock has shown. */
  latest = -Infinity;
  readonly #committed: (() => Promise<Ids>) | undefined;
  /** By thread: what was committed when it was claimed. */
  readonly #claimed = new Map<string, Ids>();

  /** `committed` gives the ids of all transitions. Some are reserved, so that their order is not that of the commits. */
  constructor(committed?: () => Promise<Ids>) {
    this.#committed = committed;
  }

  /** Takes claims, and keeps what was committed before. */
  async claiming(claim: () => Promise<readonly Claimed[]>): Promise<readonly Claimed[]> {
    const first = (await this.#committed?.()) ?? new Set<number>();
    const claims = await claim();
    for (const {
      claim: { threadId },
    } of claims)
      this.#claimed.set(threadId, first);
    return claims;
  }

  /** One that nothing ails takes messages whatever the mode is. */
  notifier(life: Life, isWell = false): Notifier {
    return { send: async (notification) => life.step(async () => this.#take(notification, { isWell, life })) };
  }

  keep(notification: Notification, isLost: boolean, by: Pick<Accepted, 'known' | 'life'> = {}): void {
    const { at } = notification;
    this.accepted.push({ at, ...by, machineAt: Date.now(), notification, written: false, excused: isLost });
  }

  async #take(
    notification: Notification,
    { isWell, life }: { readonly isWell: boolean; readonly life: Life },
  ): Promise<string | undefined> {
    const last = await this.#committed?.();
    const known = last === undefined ? undefined : { first: this.#claimed.get(notification.threadId) ?? last, last };
    if (isWell) {
      this.keep(notification, life.isOver(), { known });
      return notification.id;
    }
    if (this.mode === 'gone') throw new NotifyError('answered 404', { retryable: false });
    if (this.mode === 'busy') throw new NotifyError('answered 429', { retryable: true, retryAfterMs: 3000 });
    if (this.mode === 'broken') throw new NotifyError('answered 500', { retryable: true });
    if (this.mode === 'silent') throw new NotifyError('did not answer in time', { retryable: true });
    const isLost = this.mode === 'reset' || this.mode === 'half';
    // It may arrive after its sender has ended.
    this.keep(notification, isLost || life.isOver(), { known });
    if (isLost) throw new NotifyError(`its answer was cut (${this.mode})`, { retryable: true });
    return notification.id;
  }
}
