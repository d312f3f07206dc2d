import { parseAbiItem, type AbiEvent } from 'viem';
import { z } from 'zod';
import type { KeptLog } from '../../model/logs.ts';
import { evmAddress } from '../../model/schema.ts';
import { SourceError, type Hex, type RawSample, type SourceIo, type SourceKind } from '../../model/source.ts';
import { addressNumber } from './addressNumber.ts';

/** EIP-1967: where a proxy keeps what stands behind it. */
const SLOTS: Readonly<Record<string, Hex>> = {
  implementation: '0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc',
  admin: '0xb53127684a568b3173ae13b9f8a6016e243e63b6e8ee1178d6a717850b5d6103',
  beacon: '0xa3f0ad74e5423aebfd80d3ef4346578335a9a72aeaee59ff6cb3582b35133d50',
};

/** What contracts tell when somebody takes them over, exchanges them or stops them (OpenZeppelin, EIP-1967). */
const EVENTS = [
  'event Upgraded(address indexed implementation)',
  'event AdminChanged(address previousAdmin, address newAdmin)',
  'event OwnershipTransferred(address indexed previousOwner, address indexed newOwner)',
  'event Paused(address account)',
  'event Unpaused(address account)',
  'event RoleGranted(bytes32 indexed role, address indexed account, address indexed sender)',
  'event RoleRevoked(bytes32 indexed role, address indexed account, address indexed sender)',
];
/** Changes of one sort that are told one by one. */
const MOST_TOLD = 3;

const view = z.string().regex(/^function \w+\(\) view returns \((address|bool|u?int\d*|bytes32)\)$/, {
  error: 'expected a view without arguments and with one answer: function owner() view returns (address)',
});

const options = z.strictObject({
  address: evmAddress().describe('the contract'),
  views: z
    .record(z.string().regex(/^[a-z][a-z0-9_]*$/), view)
    .default({})
    .describe('name → view: owner, timelock delay, cap, oracle, pause; a name becomes the label `parameter`'),
  proxy: z
    .boolean()
    .default(false)
    .describe('also what stands behind it: implementation, admin and beacon of EIP-1967'),
  changes_from: z
    .int()
    .min(0)
    .optional()
    .describe(
      'block in which it was made: changes since are found in its logs, with who made them and in which transaction',
    ),
});

export const contract_settings: SourceKind<z.infer<typeof options>> = {
  kind: 'contract_settings',
  about:
    'Settings of a contract that somebody can change: owner, roles, caps, oracle, delay, pause, the code behind a proxy; and who changed them.',
  reads: 'evm',
  options,
  needs: ['chain'],
  metrics: ['parameter_value', 'parameter_change_age_seconds'],
  traps: [
    'an address is told as a number that changes with it; judge it by changes(), not by its size.',
    '`parameter_change_age_seconds` names the transaction and its sender in its labels; the sender is who paid for it, behind a multisig any one of its keepers.',
    'a change that is taken back between two readings is seen in the logs only.',
  ],
  upstream: 'chain',
  make: ({ address, views, proxy, changes_from: from }) => {
    const slots = proxy ? Object.entries(SLOTS) : [];
    const names = [...Object.keys(views), ...slots.map(([name]) => name)];
    if (names.length === 0 && from === undefined) {
      throw new Error('Nothing is watched. Name `views`, say `proxy: true`, or give `changes_from`.');
    }
    return {
      yields: [
        ...names.map((parameter) => ({ metric: 'parameter_value' as const, labels: { parameter } })),
        ...(from === undefined ? [] : [{ metric: 'parameter_change_age_seconds' as const, open: true as const }]),
      ],
      labels: { venue: address.toLowerCase() },
      collect: async (io) => {
        const [values, stored, changes] = await Promise.all([
          Promise.all(
            Object.entries(views).map(async ([name, signature]) => valueOf(io, address, { name, signature })),
          ),
          Promise.all(
            slots.map(async ([name, slot]) => sampleOf(name, addressNumber(await io.evm.storage(address, slot)))),
          ),
          from === undefined ? [] : changesOf(io, address, from),
        ]);
        return [...values, ...stored, ...changes];
      },
    };
  },
};

function sampleOf(parameter: string, value: number): RawSample {
  return { metric: 'parameter_value', labels: { parameter }, value };
}

async function valueOf(
  io: SourceIo,
  address: Hex,
  { name, signature }: { readonly name: string; readonly signature: string },
): Promise<RawSample> {
  const answer = await io.evm.read<unknown>(address, signature);
  if (typeof answer === 'boolean') return sampleOf(name, Number(answer));
  if (typeof answer === 'bigint' || typeof answer === 'number') return sampleOf(name, Number(answer));
  if (typeof answer === 'string' && answer.startsWith('0x')) return sampleOf(name, addressNumber(answer));
  throw new SourceError(`${address} answered "${String(answer)}" for "${signature}". Expected one word.`, {
    retryable: false,
  });
}

/** The latest changes of each sort, with who sent them. */
async function changesOf(io: SourceIo, address: Hex, from: number): Promise<readonly RawSample[]> {
  const all = await Promise.all(
    EVENTS.map(async (event) => {
      const { name } = parseAbiItem(event) as AbiEvent;
      const scanned = await io.evm.logs({ address, event, from, keysOf: () => [name] });
      const logs = await scanned.find(name.toLowerCase(), MOST_TOLD);
      return Promise.all(logs.map(async (log) => changeOf(io, name, log)));
    }),
  );
  return all.flat();
}

async function changeOf(io: SourceIo, name: string, { block, transaction }: KeptLog): Promise<RawSample> {
  const [madeAt, by] = await Promise.all([io.evm.timeOf(block), io.evm.sender(transaction as Hex)]);
  return {
    metric: 'parameter_change_age_seconds',
    labels: { parameter: snake(name), transaction, ...(by && { by: by.toLowerCase() }) },
    value: Math.max(0, io.evm.block.timestamp - madeAt) / 1000,
  };
}

function snake(name: string): string {
  return name.replace(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
}
