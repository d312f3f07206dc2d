// Numbers as Go's `fmt` and Prometheus' template functions print them:
// https://prometheus.io/docs/prometheus/latest/configuration/template_reference/#numbers

/** As Go's `%v` of a float64. */
export function goFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const size = Math.abs(value);
  if (size === 0) return Object.is(value, -0) ? '-0' : '0';
  const exponent = Number(value.toExponential().split('e')[1]);
  return exponent < -4 || exponent >= 6 ? padExponent(value.toExponential()) : String(value);
}

/** As Go's `%.<precision>g`. */
export function goGeneral(value: number, precision: number): string {
  if (!Number.isFinite(value)) return goFloat(value);
  const rounded = value.toExponential(Math.max(precision, 1) - 1);
  const exponent = Number(rounded.split('e')[1]);
  if (exponent >= -4 && exponent < Math.max(precision, 1)) return String(Number(rounded));
  return padExponent(Number(rounded).toExponential());
}

export function humanize(value: number): string {
  return Math.abs(value) >= 1 ? scaled(value, 1000, ['', 'k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y']) : small(value);
}

export function humanize1024(value: number): string {
  if (Math.abs(value) <= 1) return goGeneral(value, 4);
  return scaled(value, 1024, ['', 'ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei', 'Zi', 'Yi']);
}

export function humanizePercentage(value: number): string {
  return `${goGeneral(value * 100, 4)}%`;
}

/** The value is in seconds. */
export function humanizeDuration(value: number): string {
  if (!Number.isFinite(value)) return goFloat(value);
  if (Math.abs(value) < 1) return `${small(value)}s`;
  const sign = value < 0 ? '-' : '';
  const seconds = Math.trunc(Math.abs(value));
  const minutes = Math.floor(seconds / 60) % 60;
  const hours = Math.floor(seconds / 3600) % 24;
  const days = Math.floor(seconds / 86_400);
  if (days > 0) return `${sign}${days}d ${hours}h ${minutes}m ${seconds % 60}s`;
  if (hours > 0) return `${sign}${hours}h ${minutes}m ${seconds % 60}s`;
  if (minutes > 0) return `${sign}${minutes}m ${seconds % 60}s`;
  return `${goGeneral(value, 4)}s`;
}

/** Of what Go's clock can tell. */
const LAST_SECOND = 9_223_372_036;

/** The value is in seconds since 1970. */
export function humanizeTimestamp(value: number): string {
  if (!(Math.abs(value) <= LAST_SECOND)) return goFloat(value);
  const text = new Date(Math.trunc(value * 1000)).toISOString().replace('T', ' ').slice(0, -1);
  return `${text.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '')} +0000 UTC`;
}

function scaled(value: number, base: number, prefixes: readonly string[]): string {
  if (!Number.isFinite(value)) return goFloat(value);
  let power = 0;
  let rest = value;
  while (Math.abs(rest) >= base && power < prefixes.length - 1) {
    rest /= base;
    power++;
  }
  return `${goGeneral(rest, 4)}${prefixes[power]}`;
}

function small(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return goGeneral(value, 4);
  const prefixes = ['', 'm', 'u', 'n', 'p', 'f', 'a', 'z', 'y'];
  let power = 0;
  let rest = value;
  while (Math.abs(rest) < 1 && power < prefixes.length - 1) {
    rest *= 1000;
    power++;
  }
  return `${goGeneral(rest, 4)}${prefixes[power]}`;
}

function padExponent(text: string): string {
  return text.replace(/e([+-])(\d)$/, 'e$10$2');
}
