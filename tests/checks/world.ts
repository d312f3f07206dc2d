import { runChecks } from '../../src/checks/runChecks.ts';
import type { CheckInput } from '../../src/checks/world.ts';
import type { Finding } from '../../src/checks/finding.ts';
import { rules } from '../config/kinds.ts';

export const ASSETS = `
assets:
  usdc: { name: USD Coin, class: fiat-stable, peg: usd, on: { ethereum: '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48' } }
  xusd: { name: Stream xUSD, class: vault-share, peg: nav, on: { ethereum: '0xE2Fc85BfB48C4cF147921fBE110cf92Ef9f26F94' } }
sources:
  - { kind: defillama_price, asset: usdc, every: 1m }
  - { kind: coingecko_price, asset: usdc, id: usd-coin, every: 2m }
  - { kind: defillama_price, asset: xusd, every: 1m, range: [0.01, 100] }
  - { kind: erc4626, asset: xusd, chain: ethereum, underlying: usdc, every: 1m }
  - { kind: erc20_supply, asset: xusd, chain: ethereum, every: 5m }
`;

/** A rule file with these assets and sources, and one group of these rules. */
export const withRules = (written: string, sources = '') => `${ASSETS}${sources}groups:
  - name: g
    rules:
${written
  .trim()
  .split('\n')
  .map((line) => `      ${line}`)
  .join('\n')}
`;

/** Everything that is found in a file. */
export function findingsIn(text: string, over: Partial<CheckInput> = {}): readonly Finding[] {
  return runChecks({ rules: rules(text).rules, now: 0, ...over });
}

/** What one check says of these rules: severity, the text that its caret stands under, and the message. */
export function found(
  id: string,
  written: string,
  { sources = '', ...over }: Partial<CheckInput> & { readonly sources?: string } = {},
): readonly string[] {
  return findingsIn(withRules(written, sources), over)
    .filter((finding) => finding.id === id)
    .map(({ severity, excerpt, message }) => `${severity} at ${marked(excerpt)}: ${message}`);
}

function marked(excerpt: string): string {
  const [line = '', carets = ''] = excerpt.split('\n');
  const from = carets.indexOf('^');
  return line.slice(from, carets.lastIndexOf('^') + 1);
}
