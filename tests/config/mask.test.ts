import { describe, expect, test } from 'vitest';
import { mask } from '../../src/config/mask.ts';

describe('what may be a secret in a line', () => {
  test.each([
    ['url: https://user:pw@host.x/path?key=1', 'url: https://*******@host.x***********'],
    ['{ password: hunter2, user: me }', '{ password: *******, user: me }'],
    ['"api_key" : abc', '"api_key" : ***'],
    ['token: ${TOKEN}', 'token: ${TOKEN}'],
    [`token: '0x${'a'.repeat(40)}'`, `token: '0x${'a'.repeat(40)}'`],
    ['rpc: [https://a.x/k1, https://b.x/k2]', 'rpc: [https://a.x***, https://b.x***]'],
  ])('of %s', (line, shown) => {
    expect(mask(line)).toBe(shown);
    expect(mask(line)).toHaveLength(line.length);
  });

  test.each(['x', 'a-', 'secret', ' ', '://', 'http://', '://a', 'token:', '/', `token${' '.repeat(900)}`])(
    'is looked for once in a megabyte of "%s"',
    (piece) => {
      const line = `https://a.x/${piece.repeat(1e6 / piece.length)}`;
      expect(mask(line)).toHaveLength(line.length);
    },
  );
});
