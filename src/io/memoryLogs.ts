import type { KeptLog, LogKeeper, LogPosition } from '../model/logs.ts';

interface Kept {
  position: LogPosition;
  logs: readonly KeptLog[];
}

/** Keeps logs for the life of the process: for checks and replays, which have no store. */
export function memoryLogs(): LogKeeper {
  const scans = new Map<string, Kept>();
  const matching = (scan: string, key: string) =>
    (scans.get(scan)?.logs ?? []).filter(({ keys }) => keys.includes(key));
  return {
    logPosition: async (scan) => scans.get(scan)?.position,
    keepLogs: async (scan, { previous, from, position, logs }) => {
      const kept = scans.get(scan);
      if (kept?.position.next !== previous) return false;
      scans.set(scan, { position, logs: [...(kept?.logs ?? []).filter(({ block }) => block < from), ...logs] });
      return true;
    },
    findLogs: async (scan, key, limit) => matching(scan, key).toReversed().slice(0, limit),
    countLogs: async (scan, key) => matching(scan, key).length,
    logKeys: async (scan, limit) => {
      const keys = (scans.get(scan)?.logs ?? []).toReversed().flatMap((log) => log.keys);
      return [...new Set(keys)].slice(0, limit);
    },
  };
}
