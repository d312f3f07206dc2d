/** One thing that is watched, and what is missing about it. */
export interface Covered {
  readonly what: 'asset' | 'market' | 'vault' | 'holding';
  readonly name: string;
  /** Alerts that read one of its series, in order. */
  readonly rules: readonly string[];
  /** Metrics that are read of it and that no alert looks at. */
  readonly unread: readonly string[];
  /** A price that one source alone gives. */
  readonly lonePrice: boolean;
  /** Of its alerts, those without a label `owner` or `team`, without a unit test, without an incident. */
  readonly noOwner: readonly string[];
  readonly noTest: readonly string[];
  readonly noBacktest: readonly string[];
  /** Kinds of the catalogue whose every metric is read of it and that no rule of it uses. */
  readonly possible: readonly string[];
}

/** What is missing about it, in words, the gravest first. */
export function lacksOf(row: Covered): readonly string[] {
  return [
    ...(row.rules.length === 0 ? ['no rule'] : []),
    ...(row.lonePrice ? ['no second source of its price'] : []),
    ...list('read and judged by nothing', row.unread),
    ...list('without an owner', row.noOwner),
    ...list('without a test', row.noTest),
    ...list('without a backtest', row.noBacktest),
  ];
}

function list(what: string, names: readonly string[]): readonly string[] {
  return names.length === 0 ? [] : [`${what}: ${names.join(', ')}`];
}
