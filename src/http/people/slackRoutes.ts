import type { FastifyInstance } from 'fastify';
import type { Log } from '../log.ts';
import { recordRefusal } from './deps.ts';
import type { PeopleDeps } from './deps.ts';
import { doSlackActions } from './slackActions.ts';
import { SLACK_PATIENCE, slackRefusal } from './slackSignature.ts';

const BODY_LIMIT = 256 * 1024;

/** Where Slack sends what people press. The signature is judged on the raw bytes, before anything is parsed, and counts once. */
export async function slackRoutes(app: FastifyInstance, deps: PeopleDeps & { readonly log: Log }): Promise<void> {
  if (deps.slackSecrets.length === 0) return;
  await app.register(async (slack) => {
    slack.removeAllContentTypeParsers();
    slack.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: BODY_LIMIT }, (_request, body, done) =>
      done(null, body),
    );
    slack.post('/slack/interactions', async (request, reply) => {
      const raw = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      const signature = headerOf(request.headers['x-slack-signature']);
      const signed = { raw, timestamp: headerOf(request.headers['x-slack-request-timestamp']), signature };
      const why = slackRefusal(signed, deps.slackSecrets, deps.machineNow()) ?? (await replayed(signature!, deps));
      if (why !== undefined) {
        deps.log.warn({ address: request.ip, why }, 'slack request refused');
        await recordRefusal(deps, { via: 'slack', action: 'interaction', subject: request.ip, why });
        return reply.code(401).send({ error: `This request is refused: ${why}.` });
      }
      // Slack waits three seconds; what is done takes one transaction.
      await doSlackActions(payloadIn(raw), deps);
      return reply.code(200).send();
    });
  });
}

async function replayed(signature: string, { store, machineNow }: PeopleDeps): Promise<string | undefined> {
  const now = machineNow();
  const isFirst = await store.useOnce(`slack ${signature}`, { until: now + 2 * SLACK_PATIENCE, now });
  return isFirst ? undefined : 'it was sent before';
}

function headerOf(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function payloadIn(raw: Buffer): unknown {
  try {
    return JSON.parse(new URLSearchParams(raw.toString('utf8')).get('payload') ?? '');
  } catch {
    return undefined;
  }
}
