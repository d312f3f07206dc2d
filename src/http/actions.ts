import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Labels } from '../model/labels.ts';
import type { Act } from '../model/mute.ts';
import type { Store } from '../model/store.ts';
import { UUID } from '../model/shown.ts';
import { ALERT_ID } from './routes.ts';

export interface ActionDeps {
  readonly store: Pick<Store, 'acknowledge' | 'unacknowledge' | 'addSilence' | 'expireSilence' | 'addNote'>;
  /** Labels of an alert as silences see them; undefined when there is none of this id. */
  readonly labelsOf: (id: string) => Promise<Labels | undefined>;
  readonly now: () => number;
  /** How long an acknowledgement holds for which nobody chose a time: ms. */
  readonly unackAfter: number;
}

const HOUR = 3_600_000;
const MOST_HOURS = 24 * 7;

/** ms that a form asks for, within reason; without a choice the usual time. */
function lengthOf({ hours }: Form, usual = HOUR): number {
  return hours ? Math.min(MOST_HOURS, Math.max(1, Number(hours) || 1)) * HOUR : usual;
}

type Form = Readonly<Record<string, string | undefined>>;

/** NUL, which no database takes, is left out. */
function formOf(body: string): Form {
  return Object.fromEntries(new URLSearchParams(body.replaceAll('%00', '')));
}

/** What people do on pages. The guard has let only our own pages and holders of the token this far. */
export async function actionRoutes(
  app: FastifyInstance,
  { store, labelsOf, now, unackAfter }: ActionDeps,
): Promise<void> {
  await app.register(
    async (act) => {
      act.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
        done(null, formOf(body as string)),
      );
      const page = (path: string, work: (form: Form, by: Act) => Promise<unknown>) =>
        act.post(path, async (request, reply) => {
          const form = (request.body ?? {}) as Form;
          const by = form['by']?.trim().slice(0, 100) || 'dashboard';
          await work(form, { by, via: 'dashboard', at: now() });
          return back(reply, form['id']);
        });

      page('/ack', async (form, by) => {
        const note = form['note']?.trim().slice(0, 1000);
        const alertIds = [form['id'] ?? ''];
        return store.acknowledge({ alertIds, until: by.at + lengthOf(form, unackAfter), ...(note && { note }) }, by);
      });
      page('/unack', async ({ id = '' }, by) => store.unacknowledge([id], by));
      page('/note', async ({ id = '', note = '' }, by) => {
        if (note.trim() !== '') await store.addNote({ alertId: id, text: note.trim().slice(0, 1000) }, by);
      });
      page('/silence', async (form, by) => {
        const labels = await labelsOf(form['id'] ?? '');
        if (labels === undefined) return;
        const matchers = Object.entries(labels).map(([name, value]) => ({ name, op: '=' as const, value }));
        const comment = form['comment']?.trim().slice(0, 1000) || 'silenced on the dashboard';
        await store.addSilence(
          { matchers, startsAt: by.at, endsAt: by.at + lengthOf(form), createdBy: by.by, comment },
          by,
        );
      });
      page('/expire', async ({ id = '' }, by) => UUID.test(id) && store.expireSilence(id, by));
    },
    { prefix: '/act' },
  );
}

/** To the page of the alert, or to the first one. */
function back(reply: FastifyReply, id: string | undefined): FastifyReply {
  const isAlert = id !== undefined && ALERT_ID.test(id);
  return reply.redirect(isAlert ? `/alerts/${id}` : '/', 303);
}
