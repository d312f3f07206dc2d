/** Says something now, or not; `held` is how often it was kept back since it was said last. */
export type Quiet = (key: string, say: (held: number) => void) => void;

/** What happens over and over is said once and then once in `every` ms of the machine clock, so that an outage fills no disk. */
export function createQuiet(machineNow: () => number, every = 60_000): Quiet {
  const said = new Map<string, { readonly at: number; held: number }>();
  return (key, say) => {
    const now = machineNow();
    const last = said.get(key);
    if (last !== undefined && now - last.at < every) {
      last.held++;
      return;
    }
    for (const [other, { at }] of said) if (now - at >= every) said.delete(other);
    said.set(key, { at: now, held: 0 });
    say(last?.held ?? 0);
  };
}

/** What an error says; those of several addresses tried at once say nothing themselves. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return reasonOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}
