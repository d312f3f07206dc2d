import { describe, expect, it } from 'vitest';
import { compileMatchers } from '../../src/promql/index.ts';

const matches = (op: '=' | '!=' | '=~' | '!~', value: string, text?: string) =>
  compileMatchers([{ name: 'a', op, value }])(text === undefined ? {} : { a: text });

describe('compileMatchers', () => {
  it.each([
    ['=~', 'x|y', 'y', true],
    ['=~', 'x|y', 'xy', false],
    ['=~', 'x|', undefined, true],
    ['=~', 'x.*', 'xyz', true],
    ['=~', 'y', 'xyz', false],
    ['=~', '.*', 'two\nlines', true],
    ['=~', '(?i)usd.?', 'USDC', true],
    ['!~', 'x|y', 'z', true],
    ['!~', 'x+', 'xx', false],
    ['=', '', undefined, true],
    ['!=', '', undefined, false],
  ] as const)('a%s"%s" on %j is %s', (op, value, text, expected) => {
    expect(matches(op, value, text)).toBe(expected);
  });

  it('needs time in proportion to the text, whatever the pattern', () => {
    const started = performance.now();
    expect(matches('=~', '(x+x+)+y', 'x'.repeat(10_000))).toBe(false);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});
