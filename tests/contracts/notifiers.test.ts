import { inspect } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AnyNotifierKind } from '../../src/config/kinds.ts';
import { NotifyError } from '../../src/model/notification.ts';
import type { Notifier } from '../../src/model/notification.ts';
import * as registry from '../../src/notifiers/index.ts';
import { flood, notification, resolved, told } from '../support/notification.ts';
import { harnesses } from '../support/notifierHarness.ts';
import type { Harness } from '../support/notifierHarness.ts';
import { silentIo } from '../support/notifierIo.ts';

const kinds: Readonly<Record<string, AnyNotifierKind>> = registry;
const hangMs = 400;

/** Texts made of what pings, formats, breaks lines or turns them around somewhere, and of far too much. */
const hostile = fc
  .array(
    fc.constantFrom(
      ...['<!channel>', '<@U1>', '@everyone', '<script>alert(1)</script>', '[x](http://evil.example)', '*', '`', '_'],
      ...['\r\nBcc: all@example.org', '\u202e', '\u0000', '&', '|', 'x'.repeat(100_000)],
    ),
    { minLength: 1, maxLength: 6 },
  )
  .map((parts) => parts.join(''));

describe.each(Object.entries(kinds))('%s', (name, kind) => {
  let harness: Harness;
  let notifier: Notifier;
  const make = () => kind.make(kind.options.parse(harness.options) as never, silentIo(harness.io));
  beforeAll(async () => {
    harness = await harnesses[name]!();
    notifier = make();
  });
  afterAll(async () => {
    await notifier.close?.();
    await harness.close();
  });

  it('is registered under its kind, and says what it is', () => {
    expect(kind.kind).toBe(name);
    expect(kind.about).not.toBe('');
  });

  it('refuses options it does not know', () => {
    expect(kind.options.safeParse({ ...(harness.options as object), nonsense: 1 }).success).toBe(false);
  });

  it('gives a receipt once accepted, the same for every try of one message unless the service has ids of its own', async () => {
    const receipt = await notifier.send(notification(), AbortSignal.timeout(5_000));
    expect(receipt).toMatch(harness.receipt ?? new RegExp(notification().id));
    const again = await notifier.send(notification(), AbortSignal.timeout(5_000));
    expect(harness.receipt === undefined ? again : receipt).toBe(receipt);
    await expect(notifier.send(resolved(), AbortSignal.timeout(5_000))).resolves.not.toBe(receipt);
  });

  it('takes a message of any size and content', async () => {
    const before = harness.bodies?.().length ?? 0;
    await expect(notifier.send(flood(500), AbortSignal.timeout(10_000))).resolves.toBeDefined();
    const bodies = harness.bodies?.().slice(before) ?? [];
    expect(bodies.join('')).not.toMatch(/\u202e|\\u202e|\\u0000/);
  });

  it('pings nobody and turns nothing around, whatever alerts say', async () => {
    let count = 0;
    const saying = fc.asyncProperty(hostile, hostile, async (label, summary) => {
      const before = harness.bodies?.().length ?? 0;
      const id = `${++count}`.padStart(24, '0');
      const alerts = [
        told({ labels: { asset: label, [label]: label }, summary, description: summary, runbook: label }),
      ];
      await notifier.send(notification({ id, alerts, groupLabels: { asset: label } }), AbortSignal.timeout(20_000));
      const said = harness.bodies?.().slice(before).join('') ?? '';
      expect(said).not.toMatch(/\u202e|\\u202e|\\u0000/);
      if (name.startsWith('slack')) expect(said).not.toMatch(/<!|<@/);
      if (name === 'telegram') expect(said).not.toContain('<script');
      if (name === 'discord') expect(said).toContain('"allowed_mentions":{"parse":[]}');
    });
    await fc.assert(saying, { numRuns: 10 });
  }, 120_000);

  it('tells each alert that fires, and once nothing but what is over', async () => {
    const ids = ['0000000000000001', '0000000000000002', '0000000000000003'];
    const before = harness.bodies?.().length ?? 0;
    const [first] = notification().alerts;
    const alerts = ids.map((id) => ({ ...first!, id, labels: { ...first!.labels, id } }));
    await notifier.send(notification({ id: 'aaaaaaaaaaaaaaaaaaaaaaaa', alerts }), AbortSignal.timeout(5_000));
    const said = harness.bodies?.().slice(before).join('') ?? ids.join();
    for (const id of ids) expect(said).toContain(id);
  });

  it('shows no secret when printed', () => {
    const printed = inspect({ notifier, options: harness.options }, { depth: 10 }) + JSON.stringify(harness.options);
    for (const secret of harness.secrets) expect(printed).not.toContain(secret);
  });

  it('says whether a retry may help, without a secret, whatever fails', async () => {
    for (const { name: trouble, retryable, arrange } of harness.troubles) {
      arrange();
      const troubled = make();
      const error: unknown = await troubled.send(notification(), AbortSignal.timeout(hangMs)).then(
        () => 'accepted',
        (reason: unknown) => reason,
      );
      await troubled.close?.();
      expect({ trouble, error }).toEqual({ trouble, error: expect.any(NotifyError) });
      expect({ trouble, error }).toMatchObject({ trouble, error: { retryable } });
      const { message, stack } = error as NotifyError;
      const printed = inspect(error, { depth: Infinity, showHidden: true }) + JSON.stringify(error) + stack;
      expect(message).toMatch(/^[A-Z].*\.$/s);
      for (const secret of harness.secrets) expect(printed).not.toContain(secret);
    }
  });
});
