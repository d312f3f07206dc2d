import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { freePort } from '../../../demo/freePort.ts';
import { readAlerts } from '../../../src/http/alertmanager/postable.ts';
import type { Post } from '../../../src/model/posted.ts';
import { alertmanagerOf, serve, TOKEN } from '../serve.ts';

/** A Prometheus that judges one rule and posts its alerts to this address. */
async function startPrometheus(target: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-prometheus-'));
  const rules = `groups: [{ name: g, rules: [{ alert: FromPrometheus, expr: 'vector(7)', labels: { severity: critical } }] }]`;
  writeFileSync(join(folder, 'rules.yml'), rules);
  const auth = `authorization: { credentials: '${TOKEN}' }`;
  const config = `
global: { evaluation_interval: 1s }
rule_files: [rules.yml]
alerting: { alertmanagers: [{ ${auth}, static_configs: [{ targets: ['${target}'] }] }] }
`;
  writeFileSync(join(folder, 'prometheus.yml'), config);
  const listen = `--web.listen-address=127.0.0.1:${await freePort()}`;
  // What it says before it has found where to post is lost, and said again only after this long.
  const again = '--rules.alert.resend-delay=1s';
  const args = [`--config.file=${join(folder, 'prometheus.yml')}`, `--storage.tsdb.path=${folder}/tsdb`, listen, again];
  const child = spawn('prometheus', args, { stdio: 'ignore' });
  const exited = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
    rmSync(folder, { recursive: true, force: true });
  });
}

it.skipIf(spawnSync('prometheus', ['--version']).status !== 0)(
  'a real Prometheus posts its alerts here (prometheus)',
  async () => {
    const posted: Post[] = [];
    const { url } = await serve({
      alertmanager: alertmanagerOf({
        post: async (received) => {
          const { posts, wrong } = readAlerts(received);
          posted.push(...posts);
          return wrong;
        },
      }),
    });
    await startPrometheus(new URL(url).host);
    await expect.poll(() => posted.length, { timeout: 60_000, interval: 100 }).toBeGreaterThan(0);
    expect(posted[0]).toMatchObject({ rule: 'FromPrometheus', labels: { severity: 'critical' } });
    expect(posted[0]!.endsAt).toBeGreaterThan(posted[0]!.startsAt);
  },
  120_000,
);
