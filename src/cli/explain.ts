import { describeRule } from './explainRule.ts';
import { readState, type RuleState } from './explainState.ts';
import { readConfiguration, type Choices } from './configuration.ts';
import { openClock, openExisting } from './storeOf.ts';
import { makeWorld } from '../checks/world.ts';
import { unknownWord } from '../config/nearest.ts';
import type { CompiledAlert } from '../rules/compile.ts';
import type { Settings } from '../config/loadConfig.ts';
import type { Output } from './output.ts';

/** `tocsin explain RULE`: what a rule says, reads and judges now. Returns the exit code: 1 when there is no such rule. */
export async function explain(name: string, choices: Choices, output: Output): Promise<number> {
  const { settings, files, loadRules } = readConfiguration(choices);
  const { rules } = loadRules(files, Date.now());
  const world = makeWorld({ rules, now: Date.now(), telling: settings });
  const found = world.alerts.filter(({ rule }) => rule.alert === name);
  if (found.length === 0) {
    const names = world.alerts.map(({ rule }) => rule.alert);
    output.stderr.write(`${unknownWord('alert', name, names).replace('u', 'U')}\n`);
    return 1;
  }
  const states = await statesOf(found, settings);
  const texts = found.map((alert, index) => describeRule(alert, { world, settings, state: states?.[index] }));
  output.stdout.write(`${texts.join('\n\n')}\n`);
  return 0;
}

/** What the store knows of each; `undefined` when no worker has run here. */
async function statesOf(
  alerts: readonly CompiledAlert[],
  settings: Settings,
): Promise<readonly RuleState[] | undefined> {
  const opened = await openExisting(settings);
  if (opened === undefined) return undefined;
  try {
    const clock = await openClock(settings);
    try {
      const now = clock.now();
      return await Promise.all(alerts.map(async (alert) => readState(alert, { store: opened.store, now })));
    } finally {
      await clock.close();
    }
  } finally {
    await opened.close();
  }
}
