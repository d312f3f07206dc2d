import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { plan } from '../../src/cli/plan.ts';
import type { Alert } from '../../src/model/alert.ts';
import { freshStore, type FreshStore } from '../support/postgres.ts';
import { folderOf, tocsin } from './tocsin.ts';

const rulesOf = (...lines: string[]) =>
  `groups:\n  - name: g\n    rules:\n${lines.map((line) => `      - ${line}\n`).join('')}`;
const GONE = '{ alert: Gone, expr: vector(1) }';
const KEPT = '{ alert: Kept, expr: vector(1), labels: { team: a } }';
const firing: Alert = {
  ...{ rule: 'Gone', labels: { asset: 'usdc' }, state: 'firing', level: null, pending: {}, startUnseen: false },
  ...{ lastKnownAt: 1, activeAt: 1, firedAt: 1 },
};

describe('tocsin plan', { timeout: 60_000 }, () => {
  let database: FreshStore;
  beforeAll(async () => {
    database = await freshStore();
  });
  afterAll(async () => database.drop());

  const planOf = async (text: string) => {
    const folder = folderOf({ 'tocsin.yaml': 'packs: []\n', 'rules/a.yaml': text });
    return tocsin(folder, (output) => plan({}, output), { DATABASE_URL: database.url.reveal() });
  };

  test('says that everything is new where nothing was accepted', async () => {
    expect((await planOf(rulesOf(GONE))).stdout).toBe(
      'No rules were ever accepted here, so everything would be new.\n',
    );
  });

  test('says what comes, goes and starts anew, and which alerts would end', async () => {
    const { store } = database;
    await store.acceptRules({ 'rules/a.yaml': rulesOf(GONE, KEPT) }, 1);
    await store.commitEvaluation({
      ...{ group: 'g', now: 1, previous: 0, recorded: [], alerts: [firing], deleted: [], transitions: [] },
    });
    const after = rulesOf('{ alert: Fresh, expr: vector(2) }', KEPT.replace('team: a', 'team: b'));
    expect((await planOf(after)).stdout).toMatch(
      new RegExp(
        `^(?:\\+ add .*\\n)*${[
          '+ add    rule Fresh',
          '! reset  rule Kept{team="a"}: its labels change, so its alerts start anew',
          '- remove rule Gone',
          '! firing Gone{asset="usdc"} would end as removed',
        ]
          .map((line) => line.replaceAll(/[+{}]/g, '\\$&'))
          .join('\\n')}\\n\\d+ to add, 0 to change, 1 to reset, 1 to remove; 1 alert would end as removed\\.\\n$`,
      ),
    );
  });

  test('invalid rule files are an error', async () => {
    await expect(planOf(rulesOf('{ alert: Bad, expr: "vector(" }'))).rejects.toThrow(/^rules\/a\.yaml:4:/);
  });
});
