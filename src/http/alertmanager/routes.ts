import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { labelsKey } from '../../model/labels.ts';
import type { Labels } from '../../model/labels.ts';
import type { Act, Silence, SilenceInput } from '../../model/mute.ts';
import type { Received } from '../../model/posted.ts';
import { UUID } from '../../model/shown.ts';
import type { Log } from '../log.ts';
import { parseBody } from './body.ts';
import { matchersOf, matchesAll, receiverTest, wants } from './filter.ts';
import type { Query } from './filter.ts';
import { gettable, gettableSilence, timeText } from './gettable.ts';
import type { Gettable, ShownAlert } from './gettable.ts';
import { readSilence } from './postableSilence.ts';
import { invalid, Refused } from './refused.ts';

/** What other programs can ask and say. All times are unix ms on the judging clock. */
export interface AlertmanagerDeps {
  readonly now: () => number;
  readonly startedAt: number;
  readonly version: string;
  /** Resolves once they are kept, with what is wrong with those left out. @throws {Refused} */
  readonly post: (received: Received) => Promise<readonly string[]>;
  readonly alerts: () => Promise<readonly ShownAlert[]>;
  readonly receivers: () => readonly string[];
  /** A configuration that Alertmanager reads. */
  readonly configuration: () => string;
  readonly silences: {
    readonly all: () => Promise<readonly Silence[]>;
    readonly one: (id: string) => Promise<Silence | undefined>;
    readonly add: (silence: SilenceInput, act: Act) => Promise<string>;
    readonly edit: (id: string, silence: SilenceInput, act: Act) => Promise<string | undefined>;
    readonly expire: (id: string, act: Act) => Promise<boolean>;
  };
}

/** Bytes of one request; Prometheus sends 64 alerts in each. */
const BODY_LIMIT = 8 * 1024 * 1024;
/** The Alertmanager whose answers these are; `amtool` compares it with its own. */
const SPOKEN = '0.25.0';

/** Alertmanager's API, version 2: `amtool`, karma and Prometheus use it as they use Alertmanager's. */
export async function alertmanagerApi(app: FastifyInstance, deps: AlertmanagerDeps, log: Log): Promise<void> {
  await app.register(
    async (api) => {
      api.removeAllContentTypeParsers();
      api.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: BODY_LIMIT }, (_request, body, done) =>
        done(null, body),
      );
      api.setErrorHandler(async (error: Error & { statusCode?: number }, request, reply) =>
        answerFailure(error, { request, reply, log }),
      );
      api.setNotFoundHandler(async (request, reply) =>
        reply.code(404).send({ code: 404, message: `path ${request.url.split('?', 1)[0]} was not found` }),
      );
      alertRoutes(api, deps);
      silenceRoutes(api, deps);
      statusRoutes(api, deps);
    },
    { prefix: '/api/v2' },
  );
  for (const path of ['/-/healthy', '/-/ready']) app.get(path, async (_request, reply) => reply.send('OK'));
}

function alertRoutes(api: FastifyInstance, deps: AlertmanagerDeps): void {
  api.post('/alerts', { bodyLimit: BODY_LIMIT }, async (request, reply) => {
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const wrong = await deps.post({ body, at: deps.now() });
    if (wrong.length > 0) throw new Refused(400, [...new Set(wrong)].join('\n'));
    return reply.send();
  });

  api.get('/alerts', async (request, reply) => {
    const found = await ask(request, deps);
    return reply.send(found.map(({ shown }) => shown).sort((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1)));
  });

  api.get('/alerts/groups', async (request, reply) => reply.send(groupsOf(await ask(request, deps))));
}

interface Found {
  readonly alert: ShownAlert;
  readonly shown: Gettable;
}

async function ask(request: FastifyRequest, deps: AlertmanagerDeps): Promise<readonly Found[]> {
  const query = request.query as Query;
  const matchers = matchersOf(query);
  const isAskedFor = receiverTest(query);
  const alerts = await deps.alerts();
  return alerts
    .filter((alert) => matchesAll(matchers, alert.labels))
    .map((alert) => ({
      alert: { ...alert, told: alert.told.filter(({ receiver }) => isAskedFor(receiver)) },
      shown: gettable(alert),
    }))
    .filter(({ alert, shown }) => alert.told.length > 0 && isWanted(shown, query));
}

function isWanted({ status }: Gettable, query: Query): boolean {
  if (status.silencedBy.length > 0 && !wants(query, 'silenced')) return false;
  if (status.inhibitedBy.length > 0 && !wants(query, 'inhibited')) return false;
  return status.state === 'suppressed' || wants(query, 'active');
}

function groupsOf(found: readonly Found[]) {
  const groups = new Map<string, { labels: Labels; receiver: { name: string }; alerts: Gettable[] }>();
  for (const { alert, shown } of found) {
    for (const { receiver: name, groupLabels: labels } of alert.told) {
      const key = JSON.stringify([labelsKey(labels), name]);
      const group = groups.get(key) ?? { labels, receiver: { name }, alerts: [] };
      group.alerts.push(shown);
      groups.set(key, group);
    }
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, { alerts, ...group }]) => ({ alerts, ...group }));
}

function silenceRoutes(api: FastifyInstance, deps: AlertmanagerDeps): void {
  const { silences } = deps;

  api.get('/silences', async (request, reply) => {
    const matchers = matchersOf(request.query as Query);
    const all = (await silences.all()).filter((silence) =>
      matchesAll(matchers, Object.fromEntries(silence.matchers.map(({ name, value }) => [name, value]))),
    );
    const now = deps.now();
    return reply.send(all.map((silence) => gettableSilence(silence, now)).sort((a, b) => rank(a) - rank(b)));
  });

  api.post('/silences', { bodyLimit: 64 * 1024 }, async (request, reply) => {
    const { id, ...silence } = readSilence(parseBody('silence', request.body), deps.now());
    const act = { by: silence.createdBy || 'api', via: 'api', at: deps.now() };
    const silenceID = id === undefined ? await silences.add(silence, act) : await silences.edit(id, silence, act);
    if (silenceID === undefined) throw new Refused(404, 'silence not found');
    return reply.send({ silenceID });
  });

  api.get('/silence/:id', async (request, reply) => {
    const silence = await silences.one(idOf(request));
    if (silence === undefined) return reply.code(404).send();
    return gettableSilence(silence, deps.now());
  });

  api.delete('/silence/:id', async (request, reply) => {
    const expired = await silences.expire(idOf(request), { by: 'api', via: 'api', at: deps.now() });
    if (!expired) throw new Refused(404, 'silence not found');
    return reply.send();
  });
}

function idOf(request: FastifyRequest): string {
  const { id } = request.params as { readonly id: string };
  if (!UUID.test(id)) throw invalid(601, `silenceID in path must be of type uuid: ${JSON.stringify(id)}`);
  return id;
}

const ORDER = ['active', 'pending', 'expired'];

function rank({ status }: ReturnType<typeof gettableSilence>): number {
  return ORDER.indexOf(status.state);
}

function statusRoutes(api: FastifyInstance, { configuration, version, startedAt, receivers }: AlertmanagerDeps): void {
  api.get('/status', async () => ({
    cluster: { peers: [], status: 'disabled' },
    config: { original: configuration() },
    uptime: timeText(startedAt),
    versionInfo: {
      branch: 'tocsin',
      buildDate: '',
      buildUser: '',
      goVersion: '',
      revision: version,
      version: SPOKEN,
    },
  }));

  api.get('/receivers', async () => receivers().map((name) => ({ name })));
}

interface Failing {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly log: Log;
}

async function answerFailure(error: Error & { statusCode?: number }, { request, reply, log }: Failing) {
  // A sentence goes as JSON, as Alertmanager sends it.
  if (error instanceof Refused) {
    return reply.code(error.status).type('application/json').send(JSON.stringify(error.body));
  }
  const status = error.statusCode ?? 500;
  if (status < 500) return reply.code(status).send({ code: status, message: error.message });
  log.error({ err: error, method: request.method, path: request.url.split('?', 1)[0] }, 'request failed');
  return reply.code(503).send({ code: 503, message: 'Tocsin cannot answer now; its log says why.' });
}
