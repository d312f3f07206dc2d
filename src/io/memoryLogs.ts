import type { KeptLog, LogKeeper, LogPosition, LogSum } from '../model/logs.ts';

interface Kept {
  readonly position: LogPosition;
  readonly logs: readonly KeptLog[];
  readonly sums: ReadonlyMap<string, bigint>;
}

/** Keeps logs for the life of the process: for checks and replays, which have no store. */
export function memoryLogs(): LogKeeper {
  const scans = new Map<string, Kept>();
  const matching = (scan: string, key: string) =>
    (scans.get(scan)?.logs ?? []).filter(({ keys }) => keys.includes(key));
  const sumsOf = (scan: string): readonly LogSum[] =>
    [...(scans.get(scan)?.sums ?? [])].map(([name, amount]) => ({ name, amount }));
  return {
    logPosition: async (scan) => scans.get(scan)?.position,
    keepLogs: async (scan, { previous, from, position, logs, drop, anew }) => {
      const kept = scans.get(scan);
      if (kept?.position.next !== previous) return false;
      const { logs: stood = [], sums = new Map<string, bigint>() } = (anew ? undefined : kept) ?? {};
      const old = drop === undefined ? [] : stood.filter(({ block }) => block < drop.before);
      const undone = stood.filter(({ block }) => block >= from);
      const left = stood.filter((log) => !old.includes(log) && !undone.includes(log));
      const gone = drop?.sums === 'leave' ? [...undone, ...old] : undone;
      scans.set(scan, { position, logs: [...left, ...logs], sums: added(added(sums, gone, -1n), logs, 1n) });
      return true;
    },
    findLogs: async (scan, key, limit) => matching(scan, key).toReversed().slice(0, limit),
    countLogs: async (scan, key) => matching(scan, key).length,
    logKeys: async (scan, limit) => {
      const keys = (scans.get(scan)?.logs ?? []).toReversed().flatMap((log) => log.keys);
      return [...new Set(keys)].slice(0, limit);
    },
    largestSums: async (scan, limit) => sumsOf(scan).toSorted(largestFirst).slice(0, limit),
    countSums: async (scan) => sumsOf(scan).filter(({ amount }) => amount > 0n).length,
  };
}

function added(sums: ReadonlyMap<string, bigint>, logs: readonly KeptLog[], sign: bigint): ReadonlyMap<string, bigint> {
  const result = new Map(sums);
  for (const [name, amount] of logs.flatMap(({ amounts = {} }) => Object.entries(amounts)))
    result.set(name, (result.get(name) ?? 0n) + sign * BigInt(amount));
  return new Map([...result].filter(([, amount]) => amount !== 0n));
}

function largestFirst(one: LogSum, other: LogSum): number {
  if (one.amount !== other.amount) return one.amount < other.amount ? 1 : -1;
  return one.name < other.name ? -1 : 1;
}
