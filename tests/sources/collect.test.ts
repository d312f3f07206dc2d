import { describe, expect, it } from 'vitest';
import type { Reading } from '../../src/model/sample.ts';
import {
  CallReverted,
  SourceError,
  type HttpReads,
  type RawSample,
  type Source,
  type SourceIo,
  type Together,
} from '../../src/model/source.ts';
import { collectBatch, failBatch, type CollectDeps } from '../../src/sources/collect.ts';
import { declaredSeries } from '../../src/sources/declare.ts';

const NOW = 1_762_000_000_000;
const BLOCK = { number: 23_700_000n, hash: '0xabc', timestamp: NOW - 7000 } as const;

type Collect = (io: SourceIo) => Promise<readonly RawSample[]> | readonly RawSample[];

function source(collect: Collect, more: Partial<Source> = {}): Source {
  return {
    id: 'a',
    kind: 'evm_call',
    reads: 'evm',
    chain: 'ethereum',
    shares: false,
    every: 60_000,
    maxAge: 180_000,
    labels: { asset: 'xusd', chain: 'ethereum', source: 'a' },
    made: {
      yields: [{ metric: 'price_usd', labels: { method: 'spot' } }, { metric: 'redemption_paused_bool' }],
      collect: async (io) => collect(io),
    },
    ...more,
  };
}

/** Every call takes 5 ms on the machine clock; readings are seen one after another. */
function clocks(): CollectDeps & { readonly bugs: unknown[] } {
  const bugs: unknown[] = [];
  let [machine, seen] = [0, NOW];
  return {
    machineNow: () => (machine += 5),
    seenAt: () => (seen += 1),
    onBug: (id, error) => bugs.push([id, error]),
    bugs,
  };
}

const io = (more: Partial<SourceIo> = {}) =>
  ({
    now: NOW,
    evm: { chain: 'ethereum', block: BLOCK },
    solana: { chain: 'solana', slot: 9, slotTime: NOW - 400 },
    ...more,
  }) as SourceIo;

const run = async (collect: Collect, more: Partial<Source> = {}, given = io()): Promise<Reading> =>
  (await collectBatch([source(collect, more)], given, clocks()))[0]!;

const price = (value: number, at?: number): RawSample => ({
  metric: 'price_usd',
  labels: { method: 'spot' },
  value,
  ...(at !== undefined && { at }),
});

const up = (value: 0 | 1) => ({
  metric: 'tocsin_source_up',
  labels: { source: 'a', kind: 'evm_call' },
  value,
  at: NOW,
});

describe('collectBatch', () => {
  it('adds the common labels, the time of the block and what happened', async () => {
    const { tookMs, ...reading } = await run(() => [price(1.26)]);
    expect(tookMs).toBeGreaterThan(0);
    expect(reading).toEqual({
      source: 'a',
      seenAt: NOW + 1,
      origin: { chain: 'ethereum', block: 23_700_000, hash: '0xabc' },
      samples: [
        {
          metric: 'price_usd',
          labels: { asset: 'xusd', chain: 'ethereum', source: 'a', method: 'spot' },
          value: 1.26,
          at: BLOCK.timestamp,
        },
        {
          metric: 'call_reverted_bool',
          labels: { asset: 'xusd', chain: 'ethereum', source: 'a' },
          value: 0,
          at: BLOCK.timestamp,
        },
        up(1),
      ],
    });
  });

  it.each([
    ['evm', BLOCK.timestamp],
    ['solana', NOW - 400],
    ['http', NOW],
    ['file', NOW],
  ] as const)('dates a sample of a source that reads %s by its own time', async (reads, at) => {
    expect((await run(() => [price(1)], { reads })).samples[0]!.at).toBe(at);
    expect((await run(() => [price(1, NOW - 60_000)], { reads })).samples[0]!.at).toBe(NOW - 60_000);
  });

  it.each<[string, RawSample, RegExp]>([
    ['NaN', price(Number.NaN), /^price_usd\{.*method="spot".*\} was read as NaN; a value must be a finite number\.$/],
    ['Infinity', price(Infinity), /was read as Infinity; a value must be a finite number\.$/],
    ['a negative price', price(-1), /was read as -1; it must not be below 0\.$/],
    [
      'half a boolean',
      { metric: 'redemption_paused_bool', value: 0.5 },
      /was read as 0\.5; only 0 and 1 are values\.$/,
    ],
    ['a value below the range', price(0.4), /was read as 0\.4; the source's range is 0\.5 to 2\.$/],
    ['a value above the range', price(2.1), /was read as 2\.1; the source's range is 0\.5 to 2\.$/],
    [
      'a time ahead of the clock',
      price(1, NOW + 30_001),
      /its time is \d{4}-.*Z, 30 s ahead of this machine's clock\.$/,
    ],
    ['a time that is none', price(1, Number.NaN), /its time is not a number\.$/],
    [
      'an undeclared metric',
      { metric: 'tvl_usd', value: 1 },
      /^Source "a" yielded tvl_usd, which its kind "evm_call" does not declare\.$/,
    ],
  ])('keeps no sample of a run that read %s', async (_, sample, error) => {
    const range = { min: 0.5, max: 2 };
    const reading = await run(() => [price(1), sample], { range: sample.metric === 'price_usd' ? range : {} });
    expect(reading.samples).toEqual([up(0)]);
    expect(reading.error).toMatch(error);
  });

  it('accepts a time up to 30 s ahead', async () => {
    expect((await run(() => [price(1, NOW + 30_000)])).error).toBeUndefined();
  });

  it('compares a time with the clock as it is once the value is read', async () => {
    const late = { ...clocks(), latest: () => NOW + 60_000 };
    const [reading] = await collectBatch([source(() => [price(1, NOW + 90_000)])], io(), late);
    expect(reading!.error).toBeUndefined();
  });

  it('reports a reverted view as a fact and nothing else', async () => {
    const reading = await run(() => Promise.reject(new CallReverted('f() reverted.')));
    expect(reading.error).toBeUndefined();
    expect(reading.samples.map(({ metric, value }) => [metric, value])).toEqual([
      ['call_reverted_bool', 1],
      ['tocsin_source_up', 1],
    ]);
  });

  it('says nothing of reverts for a source that calls no view', async () => {
    expect((await run(() => [price(1)], { reads: 'http' })).samples.map(({ metric }) => metric)).toEqual([
      'price_usd',
      'tocsin_source_up',
    ]);
  });

  it('keeps each failure with its source', async () => {
    const deps = clocks();
    const readings = await collectBatch(
      [
        source(() => Promise.reject(new SourceError('The node is gone.', { retryable: true })), { id: 'dead' }),
        source(
          () => {
            throw new TypeError('fetch https://user:pw@rpc.test/v2/k3y?token=k3y broke');
          },
          { id: 'bug' },
        ),
        source(() => [price(1)], { id: 'fine' }),
      ],
      io(),
      deps,
    );
    expect(readings.map(({ source: id, error }) => [id, error])).toEqual([
      ['dead', 'The node is gone.'],
      ['bug', 'Source "bug" broke with TypeError: fetch rpc.test broke. Report it as a bug of kind "evm_call".'],
      ['fine', undefined],
    ]);
    expect(deps.bugs).toEqual([['bug', expect.any(TypeError)]]);
    expect(new Set(readings.map(({ seenAt }) => seenAt)).size).toBe(3);
  });

  it('names the addresses that were read, without query or user', async () => {
    const http: HttpReads = {
      json: async () => 1,
      together: async (together, item) => (await together.fetch([item], http))[0] as never,
    };
    const prices: Together<string, number> = {
      name: 'prices',
      max: 10,
      fetch: async (items, reads) =>
        items.map(() => Number(reads.json('https://u:p@api.test/prices?key=secret') instanceof Promise)),
    };
    const single = await run(
      async (given) => [price(Number(await given.http.json('https://api.test/v1/x?key=secret')))],
      { reads: 'http' },
      io({ http }),
    );
    expect(single.origin).toEqual({ url: 'api.test/v1/x' });
    const joint = await run(
      async (given) => [price(await given.http.together(prices, 'xusd'))],
      { reads: 'http' },
      io({ http }),
    );
    expect(joint.origin).toEqual({ url: 'api.test/prices' });
  });
});

describe('failBatch', () => {
  it('gives every source of an unreadable chain the same reason', () => {
    const error = new SourceError('No RPC URL of "ethereum" is usable.', { retryable: true });
    const readings = failBatch([source(() => []), source(() => [], { id: 'b' })], error, { now: NOW, deps: clocks() });
    expect(readings.map(({ source: id, error: why, samples }) => [id, why, samples[0]!.value])).toEqual([
      ['a', error.message, 0],
      ['b', error.message, 0],
    ]);
  });
});

describe('declaredSeries', () => {
  it('lists what the runs of a source write', async () => {
    const one = source(() => [price(1), { metric: 'redemption_paused_bool', value: 0 }]);
    const written = (await collectBatch([one], io(), clocks()))[0]!.samples.map(({ metric, labels }) => ({
      metric,
      labels,
    }));
    const declared = declaredSeries(one);
    expect(declared.map(({ metric, labels }) => ({ metric, labels }))).toEqual(written);
    expect(declared.every(({ maxAge, source: id }) => maxAge === 180_000 && id === 'a')).toBe(true);
  });
});
