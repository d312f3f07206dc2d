import type { LogQuery, LogSums } from '../../model/logs.ts';
import type { Hex } from '../../model/source.ts';

const TRANSFER = 'event Transfer(address indexed from, address indexed to, uint256 value)';
const NOBODY = '0x0000000000000000000000000000000000000000';

/** The transfers of a token since it was made, as what each address holds: what came in less what went out. */
export function holdings(token: Hex, from: number): LogQuery {
  return { address: token, event: TRANSFER, from, keysOf: () => [], sums: HELD };
}

const HELD: LogSums = {
  of: 'holdings',
  alone: true,
  amountsOf: ({ from, to, value }) =>
    [[String(from), -(value as bigint)] as const, [String(to), value as bigint] as const].filter(
      ([holder]) => holder !== NOBODY,
    ),
};

/** What was minted (`from` nobody) or burnt (`to` nobody) within a window of so many ms. */
export function issued(token: Hex, side: 'from' | 'to', window: number): LogQuery {
  return { address: token, event: TRANSFER, where: { [side]: NOBODY }, from: 0, window, keysOf: () => [], sums: MOVED };
}

const MOVED: LogSums = { of: 'moved', alone: false, amountsOf: ({ value }) => [['all', value as bigint]] };
