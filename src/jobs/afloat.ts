import { Adrift } from './adrift.ts';
import type { AdriftDeps } from './adrift.ts';
import { makeMessage } from './message.ts';
import type { MessageDeps } from './message.ts';

export type AfloatDeps = Omit<AdriftDeps, 'compose' | 'route'> & Pick<MessageDeps, 'config'>;

/** Failures in a row from which on it is tried whether the store can be written at all. */
const ADRIFT_AFTER = 3;

/** Without the store nobody knows where samples were read. */
const UNSTORED: MessageDeps['store'] = {
  origins: async (samples) => samples.map(() => undefined),
  samplesSince: async () => [],
  undoneBlocks: async (about) => about.map(() => undefined),
};

/** Knows whether the store can be written, and goes on without it while it cannot. */
export class Afloat {
  readonly #adrift: Adrift;
  readonly #log: AfloatDeps['log'];
  /** Failures since the last tick that went well; from `ADRIFT_AFTER` on the store is suspected. */
  #failures = 0;
  #isAdrift = false;

  constructor(deps: AfloatDeps) {
    const { config, runtime, notifiers, log } = deps;
    this.#log = log;
    this.#adrift = new Adrift({
      ...deps,
      route: config.route,
      // Nor what is at risk.
      compose: async (claim, now) =>
        makeMessage(claim, now, { config, runtime, notifiers, money: async () => () => undefined, store: UNSTORED }),
    });
  }

  /** To be told of each job and tick that failed. */
  failed(): void {
    this.#failures++;
  }

  /** To be told of each tick that went well. */
  went(): void {
    this.#failures = 0;
  }

  /** Whether the store can be written. While it cannot, a tick is done without it. */
  async check(): Promise<boolean> {
    if (!this.#isAdrift && this.#failures < ADRIFT_AFTER) return true;
    if (await this.#adrift.probe()) {
      if (this.#isAdrift) {
        await this.#adrift.land();
        this.#log('warn', {}, 'storing again');
      }
      this.#isAdrift = false;
      this.#failures = 0;
      return true;
    }
    if (!this.#isAdrift) this.#log('error', {}, 'nothing can be stored; judging and telling go on from memory');
    this.#isAdrift = true;
    await this.#adrift.tick();
    return false;
  }
}
