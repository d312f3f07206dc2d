import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CsvError, readCsv } from '../../src/backtest/csv.ts';

const read = (text: string) => {
  const { times, values } = readCsv(Buffer.from(text));
  return [...times].map((at, index) => [at, values[index]]);
};

describe('readCsv', () => {
  test('reads ISO times, Unix seconds and Unix ms alike', () => {
    const at = Date.parse('2023-03-11T03:11:00Z');
    expect(read('time,value\n2023-03-11T03:11:00Z,0.99\n')).toEqual([[at, 0.99]]);
    expect(read('time,value\n1678504260,0.99')).toEqual([[at, 0.99]]);
    expect(read('time,value\r\n1678504260000,0.99\r\n')).toEqual([[at, 0.99]]);
    expect(read('time,value\n1678504260.5,-1e-3\n')).toEqual([[at + 500, -0.001]]);
    expect(read('time,value\n2023-03-11,1\n2023-03-11T04:11:00+01:00,2\n')).toEqual([
      [Date.parse('2023-03-11'), 1],
      [at, 2],
    ]);
  });

  test.each([
    ['time,price\n', 1, 1, 'found "time,price"; expected the header time,value'],
    ['time,value\nnoon,1\n', 2, 1, 'found "noon"; expected a time such as 2023-03-11T03:11:00Z or Unix seconds'],
    ['time,value\n2023-03-11T03:11:00,1\n', 2, 1, /found "2023-03-11T03:11:00"; expected a time/],
    ['time,value\n2023-02-29T00:00:00Z,1\n', 2, 1, /expected a time/],
    ['time,value\n60,1\n\n60,2\n', 4, 1, 'found "60"; expected a time later than the row before'],
    ['time,value\n60,\n', 2, 4, 'found ""; expected a number'],
    ['time,value\n60,1 2\n', 2, 4, 'found "1 2"; expected a number'],
    ['time,value\n60,NaN\n', 2, 4, 'found "NaN"; expected a number'],
  ])('says where %j is wrong', (text, line, column, message) => {
    const complain = () => read(text);
    expect(complain).toThrow(CsvError);
    expect(complain).toThrow(message);
    expect(complain).toThrow(expect.objectContaining({ line, column }) as Error);
  });

  test('reads the very number and instant that the language reads', () => {
    const number = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
      fc.tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.nat(30)).map(([whole, digits]) => {
        const text = String(whole < 0n ? -whole : whole).padStart(digits + 1, '0');
        return `${whole < 0n ? '-' : ''}${text.slice(0, text.length - digits)}${digits > 0 ? `.${text.slice(text.length - digits)}` : ''}`;
      }),
    );
    const time = fc
      .date({ min: new Date('1970-01-02'), max: new Date('2099-12-31'), noInvalidDate: true })
      .map((date) => date.toISOString().replace(/\.\d+Z/, 'Z'));
    fc.assert(
      fc.property(time, number, (at, value) => {
        expect(read(`time,value\n${at},${value}\n`)).toEqual([[Date.parse(at), Number(value)]]);
        expect(read(`time,value\n${Date.parse(at) / 1000},${value}\n`)).toEqual([[Date.parse(at), Number(value)]]);
      }),
      { numRuns: 2000 },
    );
  });
});
