import type { JobName, Jobs, Queues } from './queues.ts';

type Process = { readonly [Name in JobName]: (job: Jobs[Name]) => Promise<void> };

export interface StandInDeps {
  readonly queues: Pick<Queues, 'add'>;
  /** Does a job in this process; tells failures by itself. */
  readonly process: Process;
  /** Jobs of a kind that are done at the same time. */
  readonly concurrency: Readonly<Record<JobName, number>>;
  /** Unix ms, machine clock. */
  readonly machineNow: () => number;
  /** Hears at first, and then of each change, whether the queue takes jobs, and why not. */
  readonly onChange: (isUp: boolean, reason?: unknown) => void;
}

/** A queue that has not taken a job by then is away, and not a busy one: ms. */
const PATIENCE = 5000;
/** One that is away is tried so often: machine ms. */
const REST = 2000;

/**
 * Adds jobs to the queue. While it is away they are done in this process instead: an alarm must not fall silent with it. Whether a job is
 * done already, here or elsewhere, the store knows.
 */
export class StandIn implements Pick<Queues, 'add'> {
  readonly #deps: StandInDeps;
  readonly #running = new Map<string, Promise<void>>();
  #isUp: boolean | undefined;
  #restUntil = -Infinity;

  constructor(deps: StandInDeps) {
    this.#deps = deps;
  }

  readonly add: Queues['add'] = async (name, id, job) => {
    const added = this.#isUp === false ? this.#tryAgain(name, id, job) : await this.#isTaken(name, id, job);
    if (!added) this.#here(name, id, job);
  };

  /** Waits for the jobs that run here. */
  async settled(): Promise<void> {
    await Promise.all(this.#running.values());
  }

  async #isTaken<Name extends JobName>(name: Name, id: string, job: Jobs[Name]): Promise<boolean> {
    try {
      await inTime(this.#deps.queues.add(name, id, job));
      this.#note(true);
      return true;
    } catch (error) {
      this.#note(false, error);
      return false;
    }
  }

  /** Nothing waits for a queue that is away. A job that it takes after all is done twice, which the store allows for. */
  #tryAgain<Name extends JobName>(name: Name, id: string, job: Jobs[Name]): false {
    const { queues, machineNow } = this.#deps;
    if (machineNow() < this.#restUntil) return false;
    this.#restUntil = machineNow() + REST;
    void queues.add(name, id, job).then(
      () => this.#note(true),
      () => undefined,
    );
    return false;
  }

  #note(isUp: boolean, reason?: unknown): void {
    if (this.#isUp === isUp) return;
    this.#isUp = isUp;
    this.#deps.onChange(isUp, reason);
  }

  /** What finds no room is asked for again by the next tick. */
  #here<Name extends JobName>(name: Name, id: string, job: Jobs[Name]): void {
    const key = `${name}.${id}`;
    const busy = [...this.#running.keys()].filter((one) => one.startsWith(`${name}.`)).length;
    if (this.#running.has(key) || busy >= this.#deps.concurrency[name]) return;
    const work = this.#deps.process[name](job)
      .catch(() => undefined)
      .finally(() => this.#running.delete(key));
    this.#running.set(key, work);
  }
}

async function inTime(added: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${PATIENCE} ms`)), PATIENCE);
  });
  await Promise.race([added, late]).finally(() => clearTimeout(timer));
}
