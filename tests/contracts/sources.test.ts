import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { METRICS } from '../../src/model/metric.ts';
import type { SourceKind } from '../../src/model/source.ts';
import * as registry from '../../src/sources/index.ts';

const kinds = Object.entries(registry) as unknown as readonly (readonly [string, SourceKind])[];

describe.each(kinds)('source kind %s', (name, kind) => {
  it('is called like its export, in snake_case', () => {
    expect(kind.kind).toBe(name);
    expect(name).toMatch(/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/);
  });

  it('says what it is about in whole sentences', () => {
    expect(kind.about).toMatch(/^[A-Z].*\.$/);
    expect(kind.upstream).toMatch(/\S/);
  });

  it('yields only listed metrics, and none that Tocsin makes itself', () => {
    expect(kind.metrics.filter((metric) => !(metric in METRICS))).toEqual([]);
    expect(kind.metrics.filter((metric) => metric.startsWith('tocsin_') || metric === 'asset_info')).toEqual([]);
    expect(new Set(kind.metrics).size).toBe(kind.metrics.length);
  });

  it('refuses a key that it does not know', () => {
    const issues = kind.options.safeParse({ no_such_key: 1 }).error?.issues ?? [];
    const unknown = issues.filter(({ code }) => code === 'unrecognized_keys');
    expect(unknown).toMatchObject([{ keys: ['no_such_key'] }]);
  });

  it('has options that an editor can be told', () => {
    const schema = z.toJSONSchema(kind.options, { io: 'input', unrepresentable: 'any' });
    expect(schema).toMatchObject({ type: 'object', additionalProperties: false });
  });

  it('demands a chain when it reads one', () => {
    expect(kind.needs.includes('chain')).toBe(kind.reads === 'evm' || kind.reads === 'solana');
  });
});
