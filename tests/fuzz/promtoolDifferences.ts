/** One file that one of both accepts and the other does not; the reasons are empty where it is accepted. */
export interface Difference {
  readonly text: string;
  readonly promtool: string;
  readonly tocsin: string;
}

interface Named {
  /** What is different, and why. */
  readonly about: string;
  readonly is: (difference: Difference) => boolean;
}

/** Everything in which the accepted set differs on purpose from that of promtool 2.42. */
const DIFFERENCES: readonly Named[] = [
  {
    about:
      'Prometheus 3 takes any Unicode text as the name of a metric, a label or an annotation; 2.42 takes letters, digits and _',
    is: ({ promtool, tocsin }) => tocsin === '' && everyLine(promtool, OF_3),
  },
  {
    about: 'Prometheus 3 reads a duration as a number of seconds wherever a number may stand: 5m is 300',
    is: ({ promtool, tocsin }) => tocsin === '' && everyLine(promtool, OF_3),
  },
  {
    about: 'a line of nothing but a tab is an empty line in YAML 1.2; the YAML library of Prometheus refuses it',
    is: ({ text, promtool }) => /^\t+$/m.test(text) && promtool.includes('cannot start any token'),
  },
];

/** What 2.42 refuses and 3 accepts. */
const OF_3 = /invalid (?:recording rule|label|annotation) name: (?!__name__$).|parse error: unexpected duration "/;

function everyLine(text: string, pattern: RegExp): boolean {
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.length > 0 && lines.every((line) => pattern.test(line));
}

/** Whether a difference is one that we name. */
export function isNamed(difference: Difference): boolean {
  return DIFFERENCES.some(({ is }) => is(difference));
}
