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

/** `tocsin notify test RECEIVER`: sends one message that says it is a test. Returns the exit code. */
export async function notifyTest(name: string, choices: Choices): Promise<number> {
  const { settings } = readConfiguration(choices);
  const receiver = receiverNamed(name, settings, process);
  if (receiver === undefined) return 1;
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
    await notifier.send(testMessage(name, settings.timezone), AbortSignal.timeout(20_000));
    process.stdout.write(`Receiver "${name}" accepted the test message.\n`);
    return 0;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return 1;
  } finally {
    await notifier.close?.();
  }
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
        changes: [],
        summary: 'This is a test of Tocsin: nothing is wrong',
        since: now,
        startUnseen: false,
        evidence: { expression: 'vector(1)', substituted: '1', inputs: [] },
      },
    ],
  };
}
