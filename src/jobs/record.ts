import { setTimeout as sleep } from 'node:timers/promises';
import type { Claim, Sent } from '../model/claim.ts';
import type { Store } from '../model/store.ts';

export interface RecorderDeps {
  readonly store: Pick<Store, 'told'>;
  /** Judging and machine clock, unix ms. */
  readonly now: () => number;
  readonly machineNow: () => number;
}

/** Between two tries to record what was accepted: ms. */
const RETRY = 500;

/** What is accepted at the same time is recorded together, and more of it while several are accepted at a time: ms. */
const GATHER = 5;
const GATHER_MANY = 25;
/** So many wait for no more: half of what may be on its way to one receiver, so that the other half is sent meanwhile. */
const LOT = 12;

interface Accepted {
  readonly claim: Claim;
  readonly sent: Omit<Sent, 'now'>;
  readonly done: (told: boolean) => void;
  readonly failed: (error: unknown) => void;
}

/** Records what receivers accepted. What is accepted while one record is written goes together into the next one. */
export class Recorder {
  readonly #deps: RecorderDeps;
  #waiting: Accepted[] = [];
  #running = false;

  constructor(deps: RecorderDeps) {
    this.#deps = deps;
  }

  /**
   * What was accepted must not be sent again because the database was away for a moment: it is tried until the claim ends
   * (machine clock). False when another process had taken the claim.
   */
  async record(claim: Claim, sent: Omit<Sent, 'now'>, until: number): Promise<boolean> {
    for (;;) {
      try {
        return await new Promise<boolean>((done, failed) => {
          this.#waiting.push({ claim, sent, done, failed });
          void this.#drain();
        });
      } catch (error) {
        if (this.#deps.machineNow() + RETRY >= until) throw error;
      }
      await sleep(RETRY);
    }
  }

  async #drain(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    for (let many = false; this.#waiting.length > 0;) {
      await this.#gather(many ? GATHER_MANY : GATHER);
      const accepted = this.#waiting.splice(0);
      many = accepted.length > 1;
      await this.#write(accepted);
    }
    this.#running = false;
  }

  async #gather(longest: number): Promise<void> {
    for (let ms = 0; ms < longest && this.#waiting.length < LOT; ms += GATHER) await sleep(GATHER);
  }

  async #write(accepted: readonly Accepted[]): Promise<void> {
    const { store, now } = this.#deps;
    try {
      const told = await store.told(accepted.map(({ claim, sent }) => ({ claim, sent: { ...sent, now: now() } })));
      for (const [index, { done }] of accepted.entries()) done(told[index]!);
    } catch (error) {
      if (accepted.length === 1) return accepted[0]!.failed(error);
      // One of them may be what the database refuses: the others must not wait for it.
      for (const each of accepted) await this.#write([each]);
    }
  }
}
