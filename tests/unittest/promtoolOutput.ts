/** `time labels annotations` of every alert that promtool shows as found. */
export function foundAlerts(said: string): string[] {
  const found: string[] = [];
  let at = '';
  let isGot = false;
  for (const line of said.split('\n')) {
    at = /alertname: .*, time: (\S+),/.exec(line)?.[1] ?? at;
    if (/^\s+(?:exp|got):/.test(line)) isGot = line.includes('got:');
    const labels = /^\s+Labels:\{(.*)\}$/.exec(line)?.[1];
    const annotations = /^\s+Annotations:\{(.*)\},?$/.exec(line)?.[1];
    if (isGot && labels !== undefined) found.push(`${seconds(at)} {${labels}}`);
    if (isGot && annotations) found.push(`${found.pop()!} {${annotations}}`);
  }
  return found.sort();
}

function seconds(duration: string): number {
  const parts = [...duration.matchAll(/(\d+)([hms])/g)];
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * { h: 3600, m: 60, s: 1 }[unit as 'h'], 0);
}

/** The same of our own output. */
export function ourFoundAlerts(said: string): string[] {
  let at = '';
  return said
    .split('\n')
    .flatMap((line) => {
      at = / at (\d+)s \(- expected/.exec(line)?.[1] ?? at;
      const alert = /^ {4}\+ (\{.*)$/.exec(line)?.[1];
      return alert === undefined ? [] : [`${at} ${alert}`];
    })
    .sort();
}
