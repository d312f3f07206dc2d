import { z } from 'zod';
import { evmAddress } from '../../model/schema.ts';
import type { KeptLog } from '../../model/logs.ts';
import type { Hex, RawSample, SourceIo, SourceKind } from '../../model/source.ts';
import { assetIn, CREATIONS, type Creation, type CreationName } from './creations.ts';
import { tokenOf } from './erc20.ts';

const NAMES = Object.keys(CREATIONS) as [CreationName, ...CreationName[]];

const options = z.strictObject({
  protocol: z.enum(NAMES).describe('whose markets or pools'),
  factory: evmAddress().optional().describe('the contract that tells of new ones; Morpho’s is known'),
  from_block: z.int().min(0).describe('block in which that contract was made'),
  newest: z.int().min(1).max(500).default(50).describe('so many of the newest are told one by one'),
});

export const market_discovery: SourceKind<z.infer<typeof options>> = {
  kind: 'market_discovery',
  about:
    'Every market or pool that takes the asset, listed in a front end or not, found in the logs of the contract that makes them.',
  reads: 'evm',
  options,
  needs: ['asset', 'chain', 'address'],
  metrics: ['markets_count', 'market_age_seconds', 'unscanned_blocks_count'],
  traps: [
    'the first scan takes many polls; until `unscanned_blocks_count` is near 0, what is not there is not known to be missing.',
    '`venue` is written as the protocol’s own sources write it, so `unless on (chain, venue)` finds the markets that nobody reads.',
    'a reorganisation deeper than 2,000 blocks is not noticed.',
  ],
  upstream: 'chain',
  make: ({ protocol, factory, from_block: from, newest }, context) => {
    const creation: Creation = CREATIONS[protocol];
    const token = tokenOf(context).toLowerCase();
    const address = factory ?? creation.address;
    if (address === undefined)
      throw new Error(`\`protocol: ${protocol}\` without \`factory\`. Name the contract that makes its markets.`);
    const sides = Object.entries(creation.sides);
    const query = {
      address,
      event: creation.event,
      from,
      keysOf: (args: Readonly<Record<string, unknown>>) => sides.map(([name]) => assetIn(argument(args, name))),
    };
    return {
      yields: [
        { metric: 'markets_count' },
        { metric: 'unscanned_blocks_count' },
        { metric: 'market_age_seconds', open: true },
      ],
      labels: { protocol: creation.venue },
      collect: async (io) => {
        const scanned = await io.evm.logs(query);
        const [count, logs] = await Promise.all([scanned.count(token), scanned.find(token, newest)]);
        const told = await Promise.all(logs.map(async (log) => marketOf(io, log, { creation, token })));
        return [
          { metric: 'markets_count', value: count },
          { metric: 'unscanned_blocks_count', value: scanned.unscanned },
          ...told,
        ];
      },
    };
  },
};

async function marketOf(
  io: SourceIo,
  { block, args }: KeptLog,
  { creation, token }: { readonly creation: Creation; readonly token: string },
): Promise<RawSample> {
  const market = String(args[creation.market]).toLowerCase();
  const side = Object.entries(creation.sides).find(([name]) => assetIn(args[name]) === token)?.[1] ?? 'quote';
  const madeAt = await io.evm.timeOf(block);
  return {
    metric: 'market_age_seconds',
    labels: { market, venue: `${creation.venue}:${market}`, side },
    value: Math.max(0, io.evm.block.timestamp - madeAt) / 1000,
  };
}

/** An argument by name, inside a struct too. */
function argument(args: Readonly<Record<string, unknown>>, name: string): unknown {
  if (name in args) return args[name];
  const structs = Object.values(args).filter(
    (value): value is Record<string, unknown> => typeof value === 'object' && value !== null,
  );
  return structs.map((inner) => inner[name] as Hex | undefined).find((value) => value !== undefined);
}
