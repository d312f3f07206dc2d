import { describe, expect, test } from 'vitest';
import { parseMatchers } from '../../src/config/matcher.ts';

const printed = (text: string) => {
  const parsed = parseMatchers(text);
  return typeof parsed === 'string'
    ? 'refused'
    : parsed.map(({ name, op, value }) => `${name}${op}<${value}>`).join(' ');
};

describe('parseMatchers', () => {
  test.each([
    ['severity="critical"', 'severity=<critical>'],
    ['severity = critical', 'severity=<critical>'],
    ['a=~"x|y",b!="c, d"', 'a=~<x|y> b!=<c, d>'],
    ['{a="1", b!~"2.*"}', 'a=<1> b!~<2.*>'],
    ['a=', 'a=<>'],
    ['a=""', 'a=<>'],
    ['a="say \\"hi\\"\\n"', 'a=<say "hi"\n>'],
    ['a=two words', 'a=<two words>'],
    ['job:rate="x"', 'job:rate=<x>'],
    ['{}', ''],
    ['a="1",', 'a=<1>'],
    ['a="open', 'refused'],
    ['a="1" b="2"', 'refused'],
    ['a=~"("', 'refused'],
    ['9a="1"', 'refused'],
    ['a', 'refused'],
    ['a="1",,b="2"', 'refused'],
  ])('%s', (text, expected) => {
    expect(printed(text)).toBe(expected);
  });
});
