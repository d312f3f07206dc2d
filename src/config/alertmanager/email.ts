import type { Integration, Written } from './integrations.ts';

const IMPLICIT_TLS = '465';

/** Mail, as `email_configs` and the `smtp_…` keys of `global` say it. */
export const email: Integration = {
  kind: 'email',
  keys: ['to', 'from', 'smarthost', 'auth_username', 'auth_password', 'auth_password_file', 'require_tls'],
  look: ['hello', 'headers', 'html', 'text', 'threading'],
  read: (written) => {
    const { text, secret } = written;
    const [host, port] = /^(.*?)(?::(\d+))?$/.exec(text('smarthost', 'smtp_smarthost') ?? '')!.slice(1);
    const user = text('auth_username', 'smtp_auth_username');
    return {
      host: host || undefined,
      ...(port && { port: Number(port) }),
      ...(user && { user, password: secret('auth_password', 'smtp_auth_password') }),
      from: text('from', 'smtp_from'),
      to: text('to')
        ?.split(',')
        .map((one) => one.trim()),
      ...securityOf(written, port),
    };
  },
};

/** Without `require_tls` it travels in the clear, as its owner has decided. */
function securityOf({ text }: Written, port: string | undefined): Readonly<Record<string, unknown>> {
  if (port === IMPLICIT_TLS) return { tls: 'tls' };
  const isRequired = text('require_tls', 'smtp_require_tls') !== 'false';
  return isRequired ? { tls: 'starttls' } : { tls: 'none', insecure: true };
}
