import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { startSmtpSink } from '../../demo/sinks/smtp.ts';
import type { SmtpFault, SmtpSink, SmtpSinkOptions } from '../../demo/sinks/smtp.ts';
import type { Notification, Notifier } from '../../src/model/notification.ts';
import { Secret } from '../../src/model/secret.ts';
import { email } from '../../src/notifiers/email.ts';
import { renderHtml } from '../../src/notifiers/email-html.ts';
import { renderText } from '../../src/notifiers/text.ts';
import { chart, flood, HOSTILE, notification, resolved, told } from '../support/notification.ts';
import { silentIo } from '../support/notifierIo.ts';

const key = readFileSync(new URL('../fixtures/localhost-key.pem', import.meta.url), 'utf8');
const cert = readFileSync(new URL('../fixtures/localhost-cert.pem', import.meta.url), 'utf8');

const open: { close?: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).toReversed()) await thing.close?.();
});

async function mailer(
  sinkOptions: SmtpSinkOptions = {},
  options: Record<string, unknown> = {},
  io = silentIo(),
): Promise<{ sink: SmtpSink; notifier: Notifier; send: (message?: Notification) => Promise<string | undefined> }> {
  const sink = await startSmtpSink(sinkOptions);
  const from = 'Tocsin <alarm@example.org>';
  const parsed = email.options.parse({
    host: '127.0.0.1',
    port: sink.port,
    tls: 'none',
    from,
    to: 'ops@example.org',
    ...options,
  });
  const notifier = email.make(parsed, io);
  open.push(sink, notifier);
  return { sink, notifier, send: (message = notification()) => notifier.send(message, AbortSignal.timeout(10_000)) };
}

describe('email', () => {
  it('sends text and HTML, marked as automatic, with an id of our own', async () => {
    const { sink, send } = await mailer({}, { to: ['ops@example.org', 'Risk <risk@example.org>'] });
    await expect(send()).resolves.toBe('<0123456789abcdef01234567@example.org>');
    const [received] = sink.received;
    const mail = await received!.parse();
    expect(received).toMatchObject({ from: 'alarm@example.org', to: ['ops@example.org', 'risk@example.org'] });
    expect(mail.messageId).toBe('<0123456789abcdef01234567@example.org>');
    expect(mail.text?.trimEnd()).toBe(renderText(notification()).trimEnd());
    expect(mail.html?.trimEnd()).toBe(renderHtml(notification()).trimEnd());
    expect(received!.raw).toMatch(/^Auto-Submitted: auto-generated\r$/m);
    expect(received!.raw.split('\r\n').every((line) => Buffer.byteLength(line) <= 998)).toBe(true);
  });

  it('shows the last hours as a picture inside the mail, which needs nothing from outside', async () => {
    const png = new Uint8Array([137, 80, 78, 71]);
    const { sink, send } = await mailer({}, {}, silentIo({ draw: async () => png }));
    await send(notification({ alerts: [told({ chart: chart() }), told({ id: '2'.repeat(16) })] }));
    const mail = await sink.received[0]!.parse();
    expect(mail.attachments).toHaveLength(1);
    const [picture] = mail.attachments;
    expect(picture).toMatchObject({ mimeType: 'image/png', disposition: 'inline', related: true });
    expect(new Uint8Array(picture!.content as ArrayBuffer)).toEqual(png);
    expect(mail.html).toContain(`src="cid:${picture!.contentId!.replace(/[<>]/g, '')}"`);
    expect(mail.html).toMatch(/alt="BelowNav · Stream xUSD · ethereum, last 6 h/);
    expect(mail.html).not.toMatch(/src="http/);
  });

  it('goes without a picture that cannot be drawn', async () => {
    const { sink, send } = await mailer();
    await send(notification({ alerts: [told({ chart: chart() })] }));
    const mail = await sink.received[0]!.parse();
    expect(mail.attachments).toEqual([]);
    expect(mail.html).not.toContain('<img');
  });

  it('names its list, so that people can sort it and ask to be taken off', async () => {
    const { sink, send } = await mailer();
    await send();
    const { headers } = await sink.received[0]!.parse();
    const list = headers
      .filter(({ key: name }) => name.startsWith('list-'))
      .map(({ key: name, value }) => `${name}: ${value}`);
    expect(list).toMatchInlineSnapshot(`
      [
        "list-id: "Tocsin ops" <ops.tocsin.example.org>",
        "list-unsubscribe: <mailto:alarm@example.org?subject=unsubscribe%20ops> (asks the operator)",
        "list-archive: <http://127.0.0.1:9310/>",
      ]
    `);
  });

  it('offers a link to acknowledge, in text and HTML, where there is one', async () => {
    const link = 'https://tocsin.example.org/acknowledge?t=abc';
    const { sink, send } = await mailer({}, {}, silentIo({ acknowledgeLink: () => link }));
    await send();
    const mail = await sink.received[0]!.parse();
    expect(mail.text).toContain(`Acknowledge ${link}`);
    expect(mail.html).toContain(`href="${link}"`);
  });

  it('keeps one thread: same subject, references to what was sent, the same id on a retry', async () => {
    const { sink, send } = await mailer();
    const first = await send();
    await send();
    const second = await send({ ...notification({ id: 'b'.repeat(24), earlier: [first!] }), level: 'warning' });
    await send({ ...resolved(), earlier: [first!, second!] });
    const mails = await Promise.all(sink.received.map((received) => received.parse()));
    expect(new Set(mails.map(({ subject }) => subject))).toEqual(new Set(['BelowNav xusd (tocsin 4b0a5f)']));
    expect(mails.map(({ messageId }) => messageId)[1]).toBe(first);
    expect(mails.map(({ inReplyTo }) => inReplyTo)).toEqual([undefined, undefined, first, second]);
    expect(mails.map(({ references }) => references)).toEqual([undefined, undefined, first, `${first} ${second}`]);
  });

  it('begins another thread for another run of the group', async () => {
    const { sink, send } = await mailer();
    await send();
    await send(notification({ threadId: 'thread-2' }));
    const subjects = await Promise.all(sink.received.map(async (received) => (await received.parse()).subject));
    expect(new Set(subjects).size).toBe(2);
  });

  it('lets no text from outside add a header or a tag', async () => {
    const { sink, send } = await mailer();
    const hostile = told({ summary: HOSTILE, labels: { asset: HOSTILE }, runbook: HOSTILE, description: HOSTILE });
    await send(notification({ groupLabels: { asset: HOSTILE }, alerts: [hostile] }));
    const mail = await sink.received[0]!.parse();
    expect(sink.received[0]!.raw.split('\r\n\r\n')[0]).not.toMatch(/^Bcc:/im);
    expect(mail.bcc ?? []).toEqual([]);
    expect(mail.html).not.toContain('<script');
    expect(mail.html).not.toContain('<http:');
  });

  it('sends a flood within bounds', async () => {
    const { sink, send } = await mailer();
    await send(flood());
    expect(sink.received[0]!.raw.length).toBeLessThan(400_000);
  });

  it('upgrades to TLS, checks the certificate and logs in', async () => {
    const login = { user: 'tocsin', password: 'correct horse' };
    const options = { tls: 'starttls', ca: cert, user: login.user, password: new Secret(login.password) };
    const { sink, send } = await mailer({ key, cert, ...login }, options);
    await send();
    expect(sink.received[0]).toMatchObject({ encrypted: true, user: 'tocsin' });
  });

  it('speaks TLS from the start', async () => {
    const { sink, send } = await mailer({ key, cert, secure: true }, { tls: 'tls', ca: cert });
    await send();
    expect(sink.received[0]).toMatchObject({ encrypted: true });
  });

  it.each([
    ['an unknown certificate', { key, cert }],
    ['a server without STARTTLS', {}],
  ])('refuses %s rather than send in the clear', async (_name, server) => {
    const { sink, send } = await mailer(server, { tls: 'starttls' });
    await expect(send()).rejects.toMatchObject({ retryable: false, message: expect.stringContaining('Check "tls"') });
    expect(sink.received).toEqual([]);
  });

  it.each<[SmtpFault, boolean]>([
    [{ stage: 'connect', answer: { status: 421, text: 'Too busy' } }, true],
    [{ stage: 'from', answer: { status: 451, text: 'Try later' } }, true],
    [{ stage: 'data', answer: { status: 452, text: 'Disk full' } }, true],
    [{ stage: 'to', answer: { status: 550, text: 'No such user' } }, false],
    [{ stage: 'data', answer: { status: 554, text: 'Spam' } }, false],
    [{ stage: 'connect', answer: 'reset' }, true],
    [{ stage: 'data', answer: 'reset' }, true],
  ])('after %j a retry may help: %s', async (fault, retryable) => {
    const { sink, send } = await mailer();
    sink.faults.push(fault);
    await expect(send()).rejects.toMatchObject({ name: 'NotifyError', retryable });
    await send();
    expect(sink.received).toHaveLength(1);
  });

  it('gives up on a silent server when told to, and drops the connection', async () => {
    const { sink, notifier } = await mailer();
    sink.faults.push({ stage: 'data', answer: 'hang' });
    await expect(notifier.send(notification(), AbortSignal.timeout(300))).rejects.toMatchObject({
      retryable: true,
      message: expect.stringContaining('did not answer in time'),
    });
    await expect.poll(() => sink.connections.open).toBe(0);
  });

  it('reuses its connection, and closes it', async () => {
    const { sink, send, notifier } = await mailer();
    await send();
    await send();
    expect(sink.connections).toEqual({ made: 1, open: 1 });
    await notifier.close!();
    await expect.poll(() => sink.connections.open).toBe(0);
  });

  it('says so when some recipients are refused and others not', async () => {
    const events: unknown[] = [];
    const io = silentIo({ log: (event) => void events.push(event) });
    const { sink, send } = await mailer({}, { to: ['gone@example.org', 'ops@example.org'] }, io);
    sink.faults.push({ stage: 'to', answer: { status: 550, text: 'No such user' } });
    await send();
    expect(sink.received[0]!.to).toEqual(['ops@example.org']);
    expect(events).toEqual([{ receiver: 'ops', refused: ['gone@example.org'] }]);
  });
});

describe('email.options', () => {
  const good = { host: 'mail.example.org', from: 'a@example.org', to: 'b@example.org' };

  it('takes one address or many, and STARTTLS unless told', () => {
    expect(email.options.parse(good)).toMatchObject({ tls: 'starttls', to: ['b@example.org'] });
  });

  it.each([
    [{ tls: 'none' }, 'mail would travel in the clear'],
    [{ user: 'a' }, 'user and password go together'],
    [{ password: 'plain' }, 'a secret must be written as ${NAME}'],
    [{ to: 'b@example.org\r\nBcc: c@example.org' }, 'expected an e-mail address'],
    [{ to: [] }, ''],
    [{ from: 'nobody' }, 'expected an e-mail address'],
    [{ prot: 25 }, 'prot'],
  ])('refuses %j', (wrong, message) => {
    const { error } = email.options.safeParse({ ...good, ...wrong });
    expect(error?.message).toContain(message);
  });

  it.each([
    { tls: 'none', host: 'localhost' },
    { tls: 'none', insecure: true },
  ])('accepts %j', (fine) => {
    expect(email.options.safeParse({ ...good, ...fine }).success).toBe(true);
  });
});
