import { describe, expect, it } from 'vitest';
import { renderText } from '../../src/notifiers/text.ts';
import { flood, notification, resolved, told } from '../support/notification.ts';

const minute = 60_000;

describe('renderText', () => {
  it('says what and how bad first, then all that a person on call needs', () => {
    expect(renderText(notification())).toMatchInlineSnapshot(`
      "CRITICAL  $68M at risk: Stream xUSD trades −9.73 % from NAV on ethereum

      At risk     $68M exposed (2 holders)
      Value       −9.73 % (critical below −2 %)
      Since       2025-11-03 18:45 CET (17:45 UTC), for 26m
      Labels      asset=xusd chain=ethereum
      Runbook     https://example.org/runbooks/BelowNav
      Explorer    0xE2Fc…6F94 · https://etherscan.io/address/0xE2Fc85BfB48C4cF147921fBE110cf92Ef9f26F94
      Block       23700000 · https://etherscan.io/block/23700000
      Alert       5f76c0b05bf666c1 · http://127.0.0.1:9310/alerts/5f76c0b05bf666c1
      Expression  asset:premium_to_nav_ratio{asset="xusd"}
      With        1.1405 / 1.2634 - 1
      Inputs      price_usd{asset="xusd", chain="ethereum", method="twap"} = 1.1405 · 14s old · ethereum block 23700000 (latest) · source xusd-pool
                  nav_per_share_usd{asset="xusd"} = 1.2634 · 1h old · http://127.0.0.1/nav.json · source nav
      "
    `);
  });

  it('says who has acknowledged, while it fires', () => {
    const { since } = told();
    const acknowledged = { by: 'alice (U1)', at: since + 5 * minute, until: since + 65 * minute };
    expect(renderText(notification({ alerts: [told({ acknowledged })] }))).toMatch(
      /^Acknowledged\s+by alice \(U1\) at 2025-11-03 18:50 CET \(17:50 UTC\); no reminders until 2025-11-03 19:50 CET/m,
    );
    expect(renderText(notification({ alerts: [told({ acknowledged, state: 'resolved' })] }))).not.toContain(
      'Acknowledged',
    );
  });

  it('says how long it lasted and how bad it was once it is over', () => {
    expect(renderText(resolved())).toMatchInlineSnapshot(`
      "RESOLVED  Stream xUSD trades −0.8 % from NAV on ethereum

      Value       −0.8 % at the end (critical below −2 %)
      Since       2025-11-03 18:45 CET (17:45 UTC)
      Ended       2025-11-03 19:47 CET (18:47 UTC), after 1h 2m
      Peak        −76.1 % at 2025-11-03 19:25 CET (18:25 UTC)
      Labels      asset=xusd chain=ethereum
      Runbook     https://example.org/runbooks/BelowNav
      Explorer    0xE2Fc…6F94 · https://etherscan.io/address/0xE2Fc85BfB48C4cF147921fBE110cf92Ef9f26F94
      Block       23700000 · https://etherscan.io/block/23700000
      Alert       5f76c0b05bf666c1 · http://127.0.0.1:9310/alerts/5f76c0b05bf666c1
      Expression  asset:premium_to_nav_ratio{asset="xusd"}
      With        1.1405 / 1.2634 - 1
      Inputs      price_usd{asset="xusd", chain="ethereum", method="twap"} = 1.1405 · 36m 14s old · ethereum block 23700000 (latest) · source xusd-pool
                  nav_per_share_usd{asset="xusd"} = 1.2634 · 1h 36m old · http://127.0.0.1/nav.json · source nav
      "
    `);
  });

  it('tells several alerts, worst first, and times where more than one thing changed', () => {
    const { since } = told();
    const over = told({
      state: 'resolved',
      changes: ['firing', 'resolved'],
      changedAt: [since, since + 3 * minute],
      endedAt: since + 3 * minute,
      labels: { asset: 'deusd' },
      id: 'ffff000011112222',
      summary: 'deUSD trades −0.2 % from its peg',
      evidence: { expression: '', substituted: '', inputs: [] },
    });
    expect(renderText(notification({ alerts: [told({ startUnseen: true }), over] }))).toMatchInlineSnapshot(`
      "CRITICAL  $68M at risk: Stream xUSD trades −9.73 % from NAV on ethereum  (and 1 more)

      ── CRITICAL  $68M at risk: Stream xUSD trades −9.73 % from NAV on ethereum

      At risk     $68M exposed (2 holders)
      Value       −9.73 % (critical below −2 %)
      Since       2025-11-03 18:45 CET (17:45 UTC), for 26m; already in breach when it could be judged, the start was not seen
      Changed     firing
      Labels      asset=xusd chain=ethereum
      Runbook     https://example.org/runbooks/BelowNav
      Explorer    0xE2Fc…6F94 · https://etherscan.io/address/0xE2Fc85BfB48C4cF147921fBE110cf92Ef9f26F94
      Block       23700000 · https://etherscan.io/block/23700000
      Alert       5f76c0b05bf666c1 · http://127.0.0.1:9310/alerts/5f76c0b05bf666c1
      Expression  asset:premium_to_nav_ratio{asset="xusd"}
      With        1.1405 / 1.2634 - 1
      Inputs      price_usd{asset="xusd", chain="ethereum", method="twap"} = 1.1405 · 14s old · ethereum block 23700000 (latest) · source xusd-pool
                  nav_per_share_usd{asset="xusd"} = 1.2634 · 1h old · http://127.0.0.1/nav.json · source nav

      ── RESOLVED  deUSD trades −0.2 % from its peg

      Value       −9.73 % at the end (critical below −2 %)
      Since       2025-11-03 18:45 CET (17:45 UTC)
      Ended       2025-11-03 18:48 CET (17:48 UTC), after 3m
      Changed     firing 2025-11-03 18:45 CET (17:45 UTC), then resolved 2025-11-03 18:48 CET (17:48 UTC)
      Labels      asset=deusd
      Runbook     https://example.org/runbooks/BelowNav
      Explorer    0xE2Fc…6F94 · https://etherscan.io/address/0xE2Fc85BfB48C4cF147921fBE110cf92Ef9f26F94
      Block       23700000 · https://etherscan.io/block/23700000
      Alert       ffff000011112222 · http://127.0.0.1:9310/alerts/ffff000011112222

      Dashboard   http://127.0.0.1:9310/
      "
    `);
  });

  it('marks a reminder, and a value that is only the last known one', () => {
    const { since } = told();
    const text = renderText(
      notification({ reminder: true, alerts: [told({ changes: [], staleSince: since + 5 * minute })] }),
    );
    expect(text).toMatch(/^STILL CRITICAL \(LAST KNOWN\) {2}\$68M at risk: Stream xUSD/);
    expect(text).toContain('Stale       last known value; stale since 2025-11-03 18:50 CET (17:50 UTC), for 21m.');
    expect(text).not.toContain('Changed');
  });

  it('names the severity of a plain rule, and of a rule that has none', () => {
    const plain = told({ level: null, labels: { severity: 'warning' } });
    expect(renderText(notification({ alerts: [plain] }))).toMatch(/^WARNING {2}/);
    expect(renderText(notification({ alerts: [told({ level: null, labels: {} })] }))).toMatch(/^FIRING {2}/);
  });

  it('stays within bounds: ten alerts in full, twenty in a line, the rest counted', () => {
    const text = renderText(flood(47));
    expect(text.match(/^── /gm)).toHaveLength(10);
    expect(text.match(/^CRITICAL {2}/gm)).toHaveLength(21);
    expect(text).toContain('\nand 17 more\n');
    expect(text.length).toBeLessThan(100_000);
  });
});
