import { createLog } from '../app.ts';
import { leanFetch } from '../io/leanFetch.ts';
import { createDraw } from '../io/raster.ts';
import type { Notification } from '../model/notification.ts';
import { makeNotifier } from '../notifiers/makeNotifier.ts';
import { withTemplates } from '../notifiers/templated.ts';
import type { Config, ReceiverConfig } from '../model/config.ts';
import type { Output } from './output.ts';
import { readConfiguration } from './configuration.ts';
import type { Choices } from './configuration.ts';

/** What they are told of stays open until its end is told. */
const KEEP_OPEN = new Set(['pagerduty', 'opsgenie']);

/** `tocsin notify test RECEIVER`: sends one message that says it is a test, and its end where it would stay open. Returns the exit code. */
export async function notifyTest(name: string, choices: Choices, output: Output): Promise<number> {
  const { settings } = readConfiguration(choices);
  const receiver = receiverNamed(name, settings, output);
  if (receiver === undefined) return 1;
  if (receiver.kind === 'inbox') return nothingToSend(name, output);
  const log = createLog('info');
  const io = {
    fetch: leanFetch,
    log: (event: Readonly<Record<string, unknown>>, message: string) => log.info(event, message),
    draw: createDraw(() => undefined),
    now: Date.now,
    keep: async () => undefined,
  };
  const notifier = withTemplates(makeNotifier(receiver, io), receiver, io);
  try {
    const message = testMessage(name, settings.timezone);
    await notifier.send(message, AbortSignal.timeout(20_000));
    if (KEEP_OPEN.has(receiver.kind)) await notifier.send(ended(message), AbortSignal.timeout(20_000));
    output.stdout.write(`Receiver "${name}" accepted the test message.\n`);
    return 0;
  } catch (error) {
    output.stderr.write(`${(error as Error).message}\n`);
    return 1;
  } finally {
    await notifier.close?.();
  }
}

function nothingToSend(name: string, { stdout }: Output): number {
  const why = 'keeps messages on the dashboard of the worker: there is nothing to send, so nothing was tested.';
  stdout.write(`Receiver "${name}" ${why}\n`);
  return 0;
}

/** Finds a receiver, or says which there are. */
export function receiverNamed(
  name: string,
  { receivers }: Pick<Config, 'receivers'>,
  { stderr }: Pick<Output, 'stderr'>,
): ReceiverConfig | undefined {
  const receiver = receivers.find((one) => one.name === name);
  if (receiver === undefined)
    stderr.write(`Found no receiver "${name}". Expected one of: ${receivers.map((one) => one.name).join(', ')}.\n`);
  return receiver;
}

function testMessage(receiver: string, timezone: string): Notification {
  const now = Date.now();
  const id = `test-${now}`;
  return {
    ...{ id, receiver, groupKey: id, threadId: id, groupLabels: {}, status: 'firing', level: 'info', reminder: false },
    ...{ at: now, timezone, earlier: [] },
    alerts: [
      {
        id,
        rule: 'TestMessage',
        labels: {},
        state: 'firing',
        level: 'info',
        changes: ['firing'],
        changedAt: [now],
        summary: 'This is a test of Tocsin: nothing is wrong',
        since: now,
        startUnseen: false,
        evidence: { expression: 'vector(1)', substituted: '1', inputs: [] },
      },
    ],
  };
}

function ended(message: Notification): Notification {
  const over = { state: 'resolved', changes: ['resolved'], changedAt: [message.at], endedAt: message.at } as const;
  const alerts = message.alerts.map((alert) => ({ ...alert, ...over }));
  return { ...message, id: `${message.id}-end`, status: 'resolved', alerts };
}
