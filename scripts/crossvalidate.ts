// Leaves each incident out, chooses a rule's variant on the others, and says what the choice does on the one left out:
// npx tsx scripts/crossvalidate.ts RULE [INCIDENT…]. The choice: no false critical, at most one false warning in 30 days of an asset, then
// the most incidents caught, then the longest median lead, then the variant nearest to what is written.
import { tune } from '../src/backtest/tune.ts';
import type { Trial } from '../src/backtest/tune.ts';
import { roughDuration } from '../src/model/duration.ts';
import { groupsFor } from '../src/cli/backtestRules.ts';
import { incidentFolders, openIncident } from '../src/cli/incidentFiles.ts';

const cwd = process.cwd();
const [rule = '', ...names] = process.argv.slice(2);
const trials = incidentFolders(names, cwd).map((folder) => {
  const incident = openIncident(folder, cwd);
  const assets = Math.max(1, Object.keys(incident.assets).length);
  return { incident, assets, trials: tune(rule, [{ incident, groups: groupsFor(incident, { cwd, places: [] }) }]) };
});
const variants = trials[0]!.trials.map(({ threshold, wait }, index) => ({ threshold, wait, index }));

/** How far a variant is from the rule as it is written. */
const distance = ({ threshold, wait }: Pick<Trial, 'threshold' | 'wait'>) =>
  Math.abs(Math.log2(threshold)) + Math.abs(Math.log2(wait || 0.25));

function choose(left: string | undefined): (typeof variants)[number] {
  const used = trials.filter(({ incident }) => incident.name !== left);
  const scored = variants.map((variant) => {
    const own = used.map(({ trials: all, assets }) => ({ ...all[variant.index]!, assets }));
    const leads = own.flatMap(({ lead }) => lead ?? []).sort((a, b) => a - b);
    return {
      ...variant,
      isAllowed: own.every(({ criticals, warnings, assets }) => criticals === 0 && warnings <= assets),
      caught: own.reduce((sum, { caught }) => sum + caught, 0),
      lead: leads[leads.length >> 1] ?? 0,
    };
  });
  const allowed = scored.filter(({ isAllowed }) => isAllowed);
  return allowed.sort((a, b) => b.caught - a.caught || b.lead - a.lead || distance(a) - distance(b))[0]!;
}

const print = ({ threshold, wait }: Pick<Trial, 'threshold' | 'wait'>) => `threshold × ${threshold}, for × ${wait}`;
process.stdout.write(`all incidents: ${print(choose(undefined))}\n`);
for (const { incident, trials: own } of trials) {
  const chosen = choose(incident.name);
  const { caught, lead, warnings, criticals } = own[chosen.index]!;
  const written = own.find(({ threshold, wait }) => threshold === 1 && wait === 1)!;
  process.stdout.write(
    `${incident.name.padEnd(24)} chosen without it: ${print(chosen)}: ${caught > 0 ? `caught, ${roughDuration(lead!)} before` : 'not caught'} (as written ${written.lead === undefined ? '-' : roughDuration(written.lead)}); ${warnings.toFixed(2)} false warnings, ${criticals.toFixed(2)} criticals in 30 quiet days\n`,
  );
}
