import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDocument, stringify, type Scalar } from 'yaml';
import { scalarOffset } from '../../src/config/scalarOffset.ts';

const TYPES = ['PLAIN', 'QUOTE_SINGLE', 'QUOTE_DOUBLE', 'BLOCK_LITERAL', 'BLOCK_FOLDED'] as const;
const words = fc.array(fc.stringMatching(/^[a-z_"'\\(){}=~%0-9]{1,12}$/), { minLength: 1, maxLength: 40 });

describe('scalarOffset', () => {
  test('finds every visible character of a text, however it is written', () => {
    fc.assert(
      fc.property(words, fc.constantFrom(...TYPES), fc.integer({ min: 0, max: 3 }), (parts, type, depth) => {
        const value = `x ${parts.join(' ')}`;
        let nested: unknown = value;
        for (let level = 0; level <= depth; level++) nested = { key: nested };
        const source = stringify(nested, { defaultStringType: type, lineWidth: 60 });
        const path = Array.from({ length: depth + 1 }, () => 'key');
        const scalar = parseDocument(source).getIn(path, true) as Scalar;
        expect(scalar.value).toBe(value);
        for (let index = 0; index < value.length; index++) {
          if (value[index] !== ' ') expect(source[scalarOffset(source, scalar, index)]).toBe(value[index]);
        }
      }),
    );
  });
});
