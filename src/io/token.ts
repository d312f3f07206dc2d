import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Secret } from '../model/secret.ts';

/** The dashboard's token: made at the first start, kept in the data folder for its owner alone. */
export function dashboardToken(data: string): Secret {
  return keptSecret(data, 'token');
}

/** What signs links in mails, kept like the token. */
export function signingKey(data: string): Secret {
  return keptSecret(data, 'signing-key');
}

function keptSecret(data: string, name: string): Secret {
  const file = join(data, name);
  if (!existsSync(file)) {
    mkdirSync(data, { recursive: true });
    writeFileSync(file, randomBytes(24).toString('base64url'), { mode: 0o600, flag: 'wx' });
  }
  return new Secret(readFileSync(file, 'utf8').trim());
}
