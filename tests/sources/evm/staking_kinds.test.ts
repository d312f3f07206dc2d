import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compiled } from '../../../demo/chain/artifacts.ts';
import { OWNER, startNode, type Contract, type Node } from '../../../demo/chain/node.ts';
import {
  eigenlayer_operator,
  eigenlayer_strategy,
  lido_withdrawals,
  lst_rate,
  ondo_oracle,
} from '../../../src/sources/index.ts';
import { assetAt, chainAt, collectFrom, sourceOf, valuesOf, type TestChain } from './chain.ts';
import { standIns } from './standIns.ts';

const START = 1_762_000_000;
const WAD = 10n ** 18n;
const DAY = 86_400;
const holder = OWNER.toLowerCase();

let node: Node;
let chain: TestChain;
let time = START + 1000;

beforeAll(async () => {
  node = await startNode({ timestamp: START });
  chain = chainAt(node.url);
}, 60_000);

afterAll(() => node.stop());

const kinds = { eigenlayer_operator, eigenlayer_strategy, lido_withdrawals, lst_rate, ondo_oracle };

type Kind = keyof typeof kinds;

async function read(kind: Kind, options: object, address: string = OWNER) {
  const [reading] = await collectFrom(chain, [
    sourceOf(kinds[kind] as never, { ...options }, { asset: assetAt('a', address) }),
  ]);
  return { error: reading!.error, values: valuesOf(reading!) };
}

const rate = (protocol: string) => `redemption_rate_ratio{protocol=${protocol},quote=eth}`;

const state = (waiting: number, seconds: number, paused: number, bunker: number) => ({
  'redemption_queue_tokens{protocol=lido,unit=asset}': waiting,
  'redemption_wait_seconds{protocol=lido}': seconds,
  'redemption_paused_bool{protocol=lido}': paused,
  'parameter_value{parameter=bunker_mode,protocol=lido}': bunker,
});

/** Lets time pass and says what time it is then; unix seconds. */
async function pass(seconds: number): Promise<number> {
  await node.mineAt((time += seconds));
  return time;
}

describe('lst_rate', () => {
  let contract: Contract;

  beforeAll(async () => {
    contract = await node.deploy(standIns().RateStandIn, [(11n * WAD) / 10n]);
  });

  it.each(['steth', 'wsteth', 'reth', 'cbeth', 'weeth', 'ezeth', 'rseth', 'sfrxeth'])(
    'reads %s by its own function',
    async (protocol) => {
      const { values } = await read('lst_rate', { protocol, contract: contract.address });
      expect(values[rate(protocol)]).toBe(1.1);
    },
  );

  it('follows a slashing down and takes 0 for an error', async () => {
    await node.send(contract, 'set', [WAD]);
    expect((await read('lst_rate', { protocol: 'reth' }, contract.address)).values[rate('reth')]).toBe(1);
    await node.send(contract, 'set', [0n]);
    expect((await read('lst_rate', { protocol: 'reth' }, contract.address)).error).toMatch(
      /says that a "reth" is worth 0/,
    );
  });

  it('demands the address of a rate that another contract tells', () => {
    expect(() => sourceOf(lst_rate, { protocol: 'ezeth' }, { asset: assetAt('a', OWNER) })).toThrow(
      /is told by another contract\. Give its address as `contract`\./,
    );
  });
});

describe('lido_withdrawals', () => {
  it('counts what waits, since when, and what stops it', async () => {
    const queue = await node.deploy(standIns().WithdrawalQueueStandIn);
    const now = () => read('lido_withdrawals', { queue: queue.address }).then(({ values }) => values);
    await pass(10);
    expect(await now()).toMatchObject(state(0, 0, 0, 0));
    await node.setTime((time += 100));
    await node.send(queue, 'request', [100n * WAD]);
    await node.setTime((time += 2 * DAY));
    await node.send(queue, 'request', [50n * WAD]);
    await pass(3 * DAY);
    expect(await now()).toMatchObject(state(150, 5 * DAY, 0, 0));
    await node.setTime((time += 100));
    await node.send(queue, 'finalize');
    await node.setTime((time += 100));
    await node.send(queue, 'set', [true, true]);
    expect(await now()).toMatchObject(state(50, 3 * DAY + 200, 1, 1));
  });
});

describe('EigenLayer', () => {
  it('tells deposits, the paused bit of withdrawals, and slashing', async () => {
    const token = await node.deploy(compiled().Token, ['Staked', 'ST', 18]);
    const eigen = await node.deploy(standIns().EigenStandIn, [token.address]);
    const where = { strategy: eigen.address, delegation_manager: eigen.address };
    const labels = `protocol=eigenlayer,vault=${eigen.address.toLowerCase()}`;
    const strategy = async () => {
      const { values } = await read('eigenlayer_strategy', where);
      return ['share_price_ratio', 'assets_tokens', 'redemption_paused_bool', 'redemption_cooldown_seconds'].map(
        (name) => values[`${name}{${labels}}`],
      );
    };
    await node.send(eigen, 'set', [1000n * WAD, (11n * WAD) / 10n, 1n]);
    expect(await strategy()).toEqual([1.1, 1100, 0, 14 * DAY]);
    await node.send(eigen, 'set', [1000n * WAD, WAD, 2n]);
    expect(await strategy()).toEqual([1, 1000, 1, 14 * DAY]);

    const operator = { ...where, operator: OWNER, allocation_manager: eigen.address };
    await node.send(eigen, 'setOperator', [500n * WAD, 70n * WAD, (75n * WAD) / 100n]);
    expect((await read('eigenlayer_operator', operator)).values).toMatchObject({
      [`balance_tokens{holder=${holder},protocol=eigenlayer,unit=shares,vault=${eigen.address.toLowerCase()}}`]: 500,
      [`redemption_queue_tokens{holder=${holder},protocol=eigenlayer,unit=shares,vault=${eigen.address.toLowerCase()}}`]: 70,
      [`slashed_ratio{holder=${holder},${labels}}`]: 0.25,
    });
  });
});

describe('ondo_oracle', () => {
  it('takes the age of a dynamic oracle from its newest range that has begun', async () => {
    const oracle = await node.deploy(standIns().DynamicOracleStandIn);
    const options = { oracle: oracle.address, design: 'dynamic' };
    expect((await read('ondo_oracle', options)).error).toMatch(/no range that has begun|answered 0/);
    const begin = await pass(10);
    for (let month = 0; month < 20; month++) {
      const start = begin + (month - 18) * 30 * DAY;
      await node.setTime((time += 10));
      await node.send(oracle, 'add', [BigInt(start), BigInt(start + 30 * DAY), WAD + BigInt(month) * 10n ** 16n]);
    }
    const now = await pass(5 * DAY);
    expect((await read('ondo_oracle', options)).values).toMatchObject({
      nav_per_share_usd: 1.19,
      oracle_age_seconds: now - begin,
      'parameter_value{parameter=range_end}': begin + 30 * DAY,
    });
  });

  it('reads a posted price with the time it was posted', async () => {
    const oracle = await node.deploy(standIns().PostedOracleStandIn);
    const options = { oracle: oracle.address, design: 'posted' };
    expect((await read('ondo_oracle', options)).error).toMatch(/answered 0; a price must be positive/);
    await node.setTime((time += 100));
    await node.send(oracle, 'post', [(1134n * WAD) / 10n]);
    await pass(3600);
    expect((await read('ondo_oracle', options)).values).toMatchObject({
      nav_per_share_usd: 113.4,
      oracle_age_seconds: 3600,
    });
  });
});
