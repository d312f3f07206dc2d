/** Prints one measured figure as one JSON line; a `limit` is what it must stay below. */
export function figure(name: string, value: number, about: Readonly<Record<string, unknown>> = {}): void {
  const rounded = Number(value.toPrecision(4));
  const { limit } = about;
  const holds = typeof limit === 'number' ? { holds: value < limit } : {};
  process.stdout.write(`${JSON.stringify({ figure: name, value: rounded, ...about, ...holds })}\n`);
}

/** The value below which this share of all lies, by nearest rank. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

/** The slope of a line through the points, per unit of x. */
export function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (index: 0 | 1) => points.reduce((sum, point) => sum + point[index], 0) / points.length;
  const [mx, my] = [mean(0), mean(1)];
  const over = points.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0);
  return over / points.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
}
