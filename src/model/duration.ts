const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000, y: 31_536_000_000 } as const;
const PATTERN = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;
const ORDER = ['y', 'w', 'd', 'h', 'm', 's', 'ms'] as const;

/** What 64 bits of nanoseconds hold, as in Prometheus: about 292 years. */
const LONGEST = 2 ** 63 / 1e6;

/** Reads a Prometheus duration (`90s`, `1h30m`, `7d`) as ms, or `undefined` when it is none. `0` is allowed, as in Prometheus. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  const match = text === '' ? null : PATTERN.exec(text);
  if (match === null) return undefined;
  const ms = ORDER.reduce((sum, unit, index) => sum + Number(match[index + 1] ?? 0) * UNITS[unit], 0);
  return ms > LONGEST ? undefined : ms;
}

/** Prints ms as the shortest duration that reads back to the same number: `5400000` → `1h30m`. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s';
  let rest = Math.round(Math.abs(ms));
  let text = ms < 0 ? '-' : '';
  for (const unit of ['d', 'h', 'm', 's', 'ms'] as const) {
    const count = Math.floor(rest / UNITS[unit]);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * UNITS[unit];
  }
  return text;
}

/** Prints ms for people, its two largest units only: `93784000` → `1d 2h`. */
export function roughDuration(ms: number): string {
  const parts = formatDuration(Math.max(0, Math.round(ms / 1000) * 1000)).match(/\d+(?:ms|[dhms])/g) ?? [];
  return parts.slice(0, 2).join(' ');
}
