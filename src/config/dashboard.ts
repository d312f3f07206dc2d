import type { DashboardConfig } from '../model/config.ts';
import type { ConfigError } from './error.ts';
import type { SettingsInput } from './settingsSchema.ts';
import type { YamlFile } from './yamlFile.ts';

const LISTEN = /^(?:\[(?<v6>[^\]]+)\]|(?<host>[^:]*)):(?<port>\d{1,5})$/;
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/;

/** Splits `listen`, and refuses to be reachable from elsewhere without a password. */
export function readDashboard(
  { listen, external_url: externalUrl, password, signing_key: signingKey }: SettingsInput['dashboard'],
  yaml: YamlFile,
  complain: (error: ConfigError) => void,
): DashboardConfig {
  const address = parseListen(listen);
  const path = ['dashboard', 'listen'];
  if (address === undefined)
    complain(yaml.error(path, `found "${listen}"; expected host:port, such as 127.0.0.1:9465`));
  else if (!LOOPBACK.test(address.host) && password === undefined) {
    const instead = `127.0.0.1:${address.port}`;
    complain(
      yaml.error(
        path,
        `listening on "${listen}" lets others in; add dashboard.password: \${NAME}, or listen on ${instead}`,
      ),
    );
  }
  return {
    ...(address ?? { host: '127.0.0.1', port: 0 }),
    ...(externalUrl !== undefined && { externalUrl }),
    ...(password !== undefined && { password }),
    ...(signingKey !== undefined && { signingKey }),
  };
}

/** Without a host, every address of the machine is meant. */
function parseListen(listen: string): { host: string; port: number } | undefined {
  const parts = LISTEN.exec(listen)?.groups;
  if (parts === undefined || Number(parts['port']) > 65_535) return undefined;
  return { host: (parts['v6'] ?? parts['host']) || '0.0.0.0', port: Number(parts['port']) };
}
