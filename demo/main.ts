import { parseArgs } from 'node:util';
import { once } from 'node:events';
import type { Transition } from '../src/model/alert.ts';
import type { AlertStatus } from '../src/model/status.ts';
import { readIncident } from './incident.ts';
import type { Hour } from './incident.ts';
import { play } from './play.ts';
import { setStage } from './stage.ts';
import { countReceived, readTold } from './told.ts';
import type { ToldChange } from './told.ts';

const FROM = '2025-11-03T00:00:00Z';
const TO = '2025-11-04T12:00:00Z';
/** For eyes: an hour a second. */
const PACE = 1000;

const { values: flags } = parseArgs({
  options: { once: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } },
});
const say = (line: string) => {
  if (!flags.json) process.stdout.write(`${line}\n`);
};

const incident = readIncident(FROM, TO);
say(
  'Setting the stage: an EVM node, Uniswap v3, an ERC-4626 vault, a Chainlink feed, a reference server, a mail server, a Slack endpoint …',
);
const stage = await setStage({ incident, onLine: (line) => sayChange(line) });
say(`Dashboard: ${stage.worker.url}`);
say('Replaying Stream xUSD, 3 and 4 November 2025. Public disclosure: 3 November 21:34 UTC.\n');
stage.slack.onMessage(({ payload }) => say(`    → Slack  ${payload.text.split('\n')[0]}`));
stage.smtp.onMail((mail) => say(`    → email  ${/^Subject: (.*)$/im.exec(mail.raw)?.[1] ?? ''}`));

const played = await play(stage, incident, {
  pace: flags.once ? 0 : PACE,
  onHour: (hour, status) => say(hourLine(hour, status.alerts)),
});
const alerts = await readTold(stage, incident.disclosure);
const received = await countReceived(stage);
if (flags.json) process.stdout.write(`${JSON.stringify({ alerts, ...received, ...played })}\n`);
else say(summary(alerts));

if (!flags.once) {
  say(`\nThe dashboard stays up: ${stage.worker.url}\nCtrl-C ends it.`);
  await once(process, 'SIGINT');
}
await stage.close();

/** The worker logs each change of an alert as it happens. */
function sayChange(line: string): void {
  if (!line.includes('"msg":"alert changed"')) return;
  const { kind, rule, to, at } = JSON.parse(line) as Transition;
  if (kind === 'pending' || kind === 'cancelled') return;
  const what = kind === 'resolved' || kind === 'removed' ? kind : (to ?? 'firing');
  const when = `${new Date(at).toISOString().slice(11, 16)} UTC, ${lead((incident.disclosure - at) / 1000)} the disclosure`;
  say(`  ${rule} ${what} at ${when}`);
}

function hourLine({ at, price }: Hour, firing: readonly AlertStatus[]): string {
  const time = new Date(at * 1000).toISOString().slice(5, 16).replace('T', ' ');
  const names = firing.filter(({ state }) => state === 'firing').map(({ rule, level }) => `${rule} ${level}`);
  return `${time}  ${price.toFixed(4)} USD  ${'█'.repeat(Math.round(price * 20)).padEnd(26)}  ${names.join(', ')}`;
}

function summary(told: readonly ToldChange[]): string {
  const first = (alert: string) =>
    told.find((change) => change.alert === alert && change.level === 'critical' && change.state !== 'resolved');
  const line = (alert: string, about: string) => {
    const change = first(alert);
    const when =
      change === undefined ? 'never' : `${change.at.slice(11, 16)} UTC, ${lead(change.lead_seconds)} the disclosure`;
    return `  ${alert.padEnd(10)} critical ${when}  (${about})`;
  };
  return `\nFirst critical alert:\n${line('BelowNav', 'against its NAV')}\n${line('FixedPeg', 'against 1.00, the usual rule')}`;
}

function lead(seconds: number): string {
  const hours = (Math.abs(seconds) / 3600).toFixed(1);
  return seconds >= 0 ? `${hours} h before` : `${hours} h after`;
}
