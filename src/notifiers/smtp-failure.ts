import { NotifyError } from '../model/notification.ts';
import type { Secret } from '../model/secret.ts';
import { codeOf, reasonOf } from './reason.ts';

interface Server {
  readonly host: string;
  readonly user?: string | undefined;
  readonly password?: Secret | undefined;
}

const PERMANENT: Readonly<Record<string, string>> = {
  EAUTH: 'Check user and password of the receiver.',
  ENOAUTH: 'The server wants a user and a password: add them to the receiver.',
  ETLS: 'Check "tls" of the receiver, and "ca" if the certificate is private.',
  EENVELOPE: 'Check "from" and "to" of the receiver.',
};
const CERTIFICATE = /certificate|self.signed|altnames|CERT_/i;

/** What a failed mail means: SMTP 4xx, the network and time are tried again, SMTP 5xx, logins and certificates are not. */
export function smtpFailure(error: unknown, { host, user, password }: Server, signal: AbortSignal): NotifyError {
  const cause = reasonOf(error, secretForms(user, password));
  if (signal.aborted) return failure(`The mail server "${host}" did not answer in time.`, { cause });
  const status = statusOf(error);
  const code = codeOf(error) ?? '';
  const said = cause.message.replace(/\s+/g, ' ').slice(0, 160);
  const what = `The mail server "${host}" did not accept the message: "${said}".`;
  if (status >= 400 && status < 500) return failure(what, { cause });
  const todo = CERTIFICATE.test(said) ? PERMANENT['ETLS'] : PERMANENT[code];
  if (status >= 500 || todo !== undefined)
    return failure(what, { cause, todo: todo ?? 'Check the receiver and what the server says.' });
  return failure(`The mail server "${host}" could not be reached: "${said}".`, { cause });
}

/** The password, and what it looks like inside an SMTP login. */
function secretForms(user: string | undefined, password: Secret | undefined): string[] {
  if (password === undefined) return [];
  const plain = password.reveal();
  return [base64(`\u0000${user}\u0000${plain}`), base64(plain), plain];
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

function failure(what: string, { cause, todo }: { readonly cause: Error; readonly todo?: string }): NotifyError {
  return new NotifyError(`${what} ${todo ?? 'It is tried again.'}`, { retryable: todo === undefined, cause });
}

function statusOf(error: unknown): number {
  const { responseCode } = (error ?? {}) as { readonly responseCode?: unknown };
  return typeof responseCode === 'number' ? responseCode : 0;
}
