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

  test('reads what other programs write: no header, quotes, blanks, any order, rows without a value', () => {
    const rows = [
      [60_000, 1],
      [120_000, 2],
    ];
    expect(read('60,1\n120,2\n')).toEqual(rows);
    expect(read('\uFEFF"time","value"\r\n"60","1"\r\n"120","2"\r\n')).toEqual(rows);
    expect(read('Time, Value\n60, 1\n 120,2 \n')).toEqual(rows);
    expect(read('time,value\n120,7\n60,1\n120,2\n')).toEqual(rows);
    expect(read('time,value\n60,1\n60,1\n120,2\n')).toEqual(rows);
    expect(read('time,value\n30,\n60,1\n90,NaN\n100,null\n110,-inf\n120,2\n')).toEqual(rows);
  });

  test('a file in any order reads as the sorted one, the last of each time', () => {
    const row = fc.tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: -9, max: 9 }));
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 40 }), (rows) => {
        const last = [...new Map(rows)].sort(([a], [b]) => a - b).map(([at, value]) => [at * 1000, value]);
        expect(read(rows.map(([at, value]) => `${at},${value}\n`).join(''))).toEqual(last);
      }),
    );
  });

  test.each([
    ['time,price\n', 1, 1, 'found "time,price"; expected the header time,value'],
    ['time,value\nnoon,1\n', 2, 1, 'found "noon"; expected a time such as 2023-03-11T03:11:00Z or Unix seconds'],
    ['time,value\n2023-03-11T03:11:00,1\n', 2, 1, /found "2023-03-11T03:11:00"; expected a time/],
    ['time,value\n2023-02-29T00:00:00Z,1\n', 2, 1, /expected a time/],
    ['time,value\n60\n', 2, 4, 'found ""; expected a number'],
    ['60,1\n\nx,1\n', 3, 1, 'found "x"; expected a time'],
    ['time,value\n', 1, 1, 'found no row with a value; expected at least one'],
    [`${'x'.repeat(99)},1`, 1, 1, `found "${'x'.repeat(60)}…"; expected the header time,value`],
    ['', 1, 1, 'found ""; expected the header time,value'],
    ['time,value\n60,1 2\n', 2, 4, 'found "1 2"; expected a number'],
    ['time,value\n60,NaN\n', 1, 1, 'found no row with a value; expected at least one'],
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
