import type { ReceiverConfig } from '../model/config.ts';
import type { Notifier } from '../model/notification.ts';
import * as kinds from './index.ts';

/** Makes the notifier of a receiver, whose options were checked when the configuration was read. */
export function makeNotifier({ kind, options }: Pick<ReceiverConfig, 'kind' | 'options'>, io: unknown): Notifier {
  const registry = kinds as unknown as Readonly<Record<string, { make: (options: unknown, io: unknown) => Notifier }>>;
  return registry[kind]!.make(options, io);
}
