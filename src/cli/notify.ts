import { createLog } from '../app.ts';
import { createDraw } from '../io/raster.ts';
import type { Notification, Notifier } from '../model/notification.ts';
import * as kinds from '../notifiers/index.ts';
import { readConfiguration } from './configuration.ts';
import type { Choices } from './configuration.ts';

/** `tocsin notify test RECEIVER`: sends one message that says it is a test. Returns the exit code. */
export async function notifyTest(name: string, choices: Choices): Promise<number> {
  const { settings } = readConfiguration(choices);
  const receiver = settings.receivers.find((one) => one.name === name);
  if (receiver === undefined) {
    const names = settings.receivers.map((one) => one.name).join(', ');
    process.stderr.write(`Found no receiver "${name}". Expected one of: ${names}.\n`);
    return 1;
  }
  const log = createLog('info');
  const io = {
    fetch,
    log: (event: Readonly<Record<string, unknown>>, message: string) => log.info(event, message),
    draw: createDraw(() => undefined),
    keep: async () => undefined,
  };
  const registry = kinds as unknown as Readonly<Record<string, { make: (options: unknown, io: unknown) => Notifier }>>;
  const notifier = registry[receiver.kind]!.make(receiver.options, io);
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
