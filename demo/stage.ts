import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Status } from '../src/model/status.ts';
import { startNode } from './chain/node.ts';
import type { Node } from './chain/node.ts';
import { deployWorld } from './chain/world.ts';
import type { World } from './chain/world.ts';
import type { Hour, Incident } from './incident.ts';
import { startReference } from './reference.ts';
import type { Reference } from './reference.ts';
import { startSlackSink } from './sinks/slack.ts';
import type { SlackSink } from './sinks/slack.ts';
import { startSmtpSink } from './sinks/smtp.ts';
import type { SmtpSink } from './sinks/smtp.ts';
import { startWorker } from './worker.ts';
import type { RunningWorker } from './worker.ts';
import { freePort } from './freePort.ts';

export interface StageOptions {
  readonly incident: Incident;
  readonly env?: Readonly<Record<string, string>>;
  readonly onLine?: (line: string) => void;
  /** Added to the demo's rule file. */
  readonly rules?: string;
  /** Changes the demo's `tocsin.yaml`, once the node is there. */
  readonly settings?: (text: string, node: Node) => Promise<string>;
}

/** Everything the worker reads and tells, on this machine: node, contracts, reference server, Slack endpoint, mail server. */
export interface Stage {
  readonly node: Node;
  readonly world: World;
  readonly reference: Reference;
  readonly slack: SlackSink;
  readonly smtp: SmtpSink;
  readonly folder: string;
  worker: RunningWorker;
  /** Starts a worker on the same folder, as after a crash. */
  readonly restart: () => Promise<void>;
  /** Trades the pool to an hour's price and moves chain time there. */
  readonly play: (hour: Hour) => Promise<void>;
  /** Waits until the worker has read and judged everything at or after this time (unix seconds). */
  readonly judged: (at: number) => Promise<Status>;
  readonly close: () => Promise<void>;
}

const GROUP = 'stream';
/** The worker would have to be stuck: machine ms. */
const PATIENCE = 60_000;

export async function setStage({
  incident,
  env = {},
  onLine,
  rules = '',
  settings = same,
}: StageOptions): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-demo-'));
  chmodSync(folder, 0o755);
  const [reference, slack, smtp] = await Promise.all([startReference(), startSlackSink(), startSmtpSink()]);
  const node = await startNode({ timestamp: incident.hours[0]!.at - 3600 });
  const world = await deployWorld(node, { nav: incident.nav });
  const addresses = {
    USDC: world.usdc.address,
    XUSD: world.vault.address,
    POOL: world.pool.address,
    FEED: world.feed.address,
    REFERENCE: reference.url,
  };
  mkdirSync(join(folder, 'rules'));
  writeFileSync(join(folder, 'rules', 'xusd.yaml'), filled('xusd.yaml', addresses) + rules);
  const text = filled('tocsin.yaml', {})
    .replace('2525', String(smtp.port))
    .replace('9465', String(await freePort()));
  writeFileSync(join(folder, 'tocsin.yaml'), await settings(text, node));
  const start = async () =>
    startWorker({
      folder,
      env: { DEMO_RPC: node.url, DEMO_SLACK: slack.url, LOG_LEVEL: 'info', ...env },
      ...(onLine && { onLine }),
    });
  reference.quote = { time: incident.hours[0]!.at - 3600, price: incident.hours[0]!.price };
  const stage: Stage = {
    ...{ node, world, reference, slack, smtp, folder },
    worker: await start(),
    restart: async () => {
      stage.worker = await start();
    },
    play: async ({ at, price }) => {
      reference.quote = { time: at, price };
      await world.tradeTo(price, at);
    },
    judged: async (at) => waitForJudgement(stage, at * 1000),
    close: async () => {
      await stage.worker.kill('SIGTERM');
      await Promise.all([node.stop(), reference.close(), slack.close(), smtp.close()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  // The first look, before anything happens.
  await stage.judged(incident.hours[0]!.at - 3600).catch(async (error: unknown) => {
    await stage.close();
    throw error;
  });
  return stage;
}

async function same(text: string): Promise<string> {
  return text;
}

function filled(file: string, values: Readonly<Record<string, string>>): string {
  const text = readFileSync(new URL(file, import.meta.url), 'utf8');
  return Object.entries(values).reduce((sum, [name, value]) => sum.replaceAll(`\${${name}}`, value), text);
}

async function waitForJudgement(stage: Stage, at: number): Promise<Status> {
  let cause: unknown;
  for (const end = Date.now() + PATIENCE; Date.now() < end; await sleep(20)) {
    const status = await stage.worker.status().catch((error: unknown) => void (cause = error));
    if (status !== undefined && isJudged(status, at)) return status;
  }
  throw new Error(`The worker did not judge ${new Date(at).toISOString()} within ${PATIENCE / 1000} s.`, { cause });
}

/** Every source ran at or after this time, whether or not it succeeded, and the group that uses them all was judged after the last run. */
function isJudged({ sources, rules }: Status, at: number): boolean {
  const runs = sources.map(({ lastRunAt = 0 }) => lastRunAt);
  const judgedAt = rules.find(({ group }) => group === GROUP)?.judgedAt ?? 0;
  return Math.min(...runs) >= at && judgedAt >= Math.max(...runs);
}
