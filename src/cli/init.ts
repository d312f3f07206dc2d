import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';

export interface InitIo {
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: NodeJS.WritableStream;
  readonly cwd: string;
}

interface Answers {
  readonly rpc: string;
  readonly slack: string;
}

/**
 * Writes a commented `tocsin.yaml`; what is secret goes to `.env`, which the YAML names. `--yes` asks nothing.
 * Returns the exit code: 1 when there is a `tocsin.yaml` already.
 */
export async function init(args: readonly string[], { stdin, stdout, cwd }: InitIo): Promise<number> {
  const target = join(cwd, 'tocsin.yaml');
  if (existsSync(target)) {
    stdout.write(`"${target}" is there already and stays as it is. Move it away to start anew.\n`);
    return 1;
  }
  const answers = args.includes('--yes') ? { rpc: '', slack: '' } : await ask(stdin, stdout);
  writeFileSync(target, settingsText(answers), { flag: 'wx' });
  const isSecretWritten = writeSecrets(join(cwd, '.env'), answers);
  stdout.write(`Wrote tocsin.yaml${isSecretWritten ? ', and .env with what is secret' : ''}. Next: tocsin run\n`);
  if (isSecretWritten && !isIgnored(cwd)) stdout.write('Keep .env out of git: add it to .gitignore.\n');
  return 0;
}

async function ask(stdin: NodeJS.ReadableStream, stdout: NodeJS.WritableStream): Promise<Answers> {
  const lines = createInterface({ input: stdin, output: stdout });
  const answers = lines[Symbol.asyncIterator]();
  const question = async (text: string, expected: RegExp): Promise<string> => {
    for (;;) {
      stdout.write(text);
      const { value, done } = await answers.next();
      const answer = done === true ? '' : value.trim();
      if (answer === '' || expected.test(answer)) return answer;
      stdout.write('Expected a web address: https://…, or nothing.\n');
    }
  };
  const rpc = await question('RPC URL of an Ethereum node (Enter to skip): ', /^https?:\/\/\S+$/);
  const slack = await question('Slack incoming webhook (Enter to skip): ', /^https?:\/\/\S+$/);
  lines.close();
  return { rpc, slack };
}

/** Adds to `.env` without touching what is there; only the owner may read it. */
function writeSecrets(file: string, { rpc, slack }: Answers): boolean {
  const written = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const lines = [
    ...(rpc === '' ? [] : [`ETHEREUM_RPC_URL='${rpc}'`]),
    ...(slack === '' ? [] : [`SLACK_WEBHOOK_URL='${slack}'`]),
  ];
  if (lines.length === 0) return false;
  const gap = written === '' || written.endsWith('\n') ? '' : '\n';
  writeFileSync(file, `${gap}${lines.join('\n')}\n`, { flag: 'a', mode: 0o600 });
  chmodSync(file, 0o600);
  return true;
}

function isIgnored(cwd: string): boolean {
  const file = join(cwd, '.gitignore');
  return existsSync(file) && /^\/?\.env\s*$/m.test(readFileSync(file, 'utf8'));
}

const off = (text: string) => text.replace(/^(?=.)/gm, '# ');

function settingsText({ rpc, slack }: Answers): string {
  const chains = `chains:
  ethereum:
    # In order of preference: the next one is asked when one fails.
    rpc: ['\${ETHEREUM_RPC_URL}']
`;
  const receivers = `receivers:
  team:
    kind: slack_webhook
    url: '\${SLACK_WEBHOOK_URL}'
`;
  return `# yaml-language-server: $schema=./node_modules/tocsin/schema/tocsin.json
# Secrets never stand here: \${NAME} is read from the environment or .env, \${FILE:/run/secrets/name} from a file.

# Ready rule sets. "stablecoins" watches twelve dollar tokens and needs no key. Your own rules go to rules/*.yaml.
packs: [stablecoins]

# For the times people read.
timezone: UTC

# The nodes to read.
${rpc === '' ? off(chains) : chains}
# Who is told. Without any, alerts go to the log and to the inbox of the dashboard.
${slack === '' ? off(receivers) : receivers}
# Who is told about what. Without it, everyone is told everything.
# route:
#   receivers: [team]
#   group_by: [alertname, asset]
#   routes:
#     - matchers: ['severity="critical"']
#       receivers: [team, inbox]
#       repeat_interval: 1h

# A page for people. Listening beyond this machine needs a password.
# dashboard:
#   listen: 127.0.0.1:9465
#   external_url: https://tocsin.example.org
#   password: '\${TOCSIN_PASSWORD}'

# Your own PostgreSQL and Redis; without them a private database is started in ./data.
# store: { url: '\${DATABASE_URL}' }
# redis: { url: '\${REDIS_URL}' }
`;
}
