import { describe, expect, test } from 'vitest';
import { findingsIn, withRules } from './world.ts';

const NOW = Date.UTC(2026, 5, 1);
const RULE = '- { alert: A, expr: price_usd < 2 }';

function foundBelow(comment: string, now = NOW) {
  return findingsIn(withRules(`${comment}\n${RULE}`), { now }).map(
    ({ id, severity, line, message }) => `${line} ${severity} ${id}: ${message}`,
  );
}

const RUNBOOK =
  'warning no-runbook: "A" has no runbook, so whoever is woken must find out alone what to do. Add annotations: { runbook: … }.';
const EXPECTED = 'Expected "# tocsin: disable <check> until 2026-12-31 <reason>" right above a rule, source or asset.';

describe('disabling comments', () => {
  test('take back a finding until the end of their day', () => {
    const comment = '# tocsin: disable no-runbook until 2026-06-01 the runbook is being written';
    expect(foundBelow(comment, Date.UTC(2026, 5, 1, 23, 59))).toEqual([]);
    expect(foundBelow(comment, Date.UTC(2026, 5, 2))).toEqual([
      '14 error disable-expired: "no-runbook" was disabled until 2026-06-01, which has passed. Fix what it says, or remove this comment, or give it a later date and a reason that still holds.',
      `15 ${RUNBOOK}`,
    ]);
  });

  test('may stand among other comments', () => {
    expect(foundBelow('# Why it is there.\n# tocsin: disable no-runbook until 2026-12-31 soon\n# More words.')).toEqual(
      [],
    );
  });

  test('take back nothing else', () => {
    expect(foundBelow('# tocsin: disable no-route until 2026-12-31 soon')).toEqual([`15 ${RUNBOOK}`]);
  });

  test.each([
    ['# tocsin: disable no-runbook until 2026-12-31', '"no-runbook" is disabled without a reason.'],
    ['# tocsin: disable no-runbok until 2026-12-31 soon', 'Found no check "no-runbok".'],
    ['# tocsin: disable no-runbook for ever', 'This comment to Tocsin says nothing it understands.'],
    ['# tocsin: disable no-runbook until 2026-13-41 soon', 'Found "2026-13-41", which is no date.'],
  ])('%s is an error', (comment, what) => {
    expect(foundBelow(comment)).toEqual([`14 error disable-invalid: ${what} ${EXPECTED}`, `15 ${RUNBOOK}`]);
  });

  test('above nothing is an error', () => {
    const text = `# tocsin: disable no-runbook until 2026-12-31 soon\n\n${withRules(RULE)}`;
    expect(findingsIn(text, { now: NOW })[0]).toMatchObject({ id: 'disable-invalid', line: 1, column: 1 });
  });

  test('stand above sources too', () => {
    const source = '{ kind: erc20_supply, id: tight, asset: xusd, chain: ethereum, every: 1m, max_age: 90s }';
    const text = (comment: string) => withRules(RULE).replace('groups:', `  ${comment}\n  - ${source}\ngroups:`);
    const ids = (comment: string) => findingsIn(text(comment), { now: NOW }).map(({ id }) => id);
    expect(ids('# Nothing.')).toEqual(['max-age-too-short', 'no-runbook']);
    expect(ids('# tocsin: disable max-age-too-short until 2026-12-31 a fast pool')).toEqual(['no-runbook']);
  });
});
