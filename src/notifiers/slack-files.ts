import type { NotifierIo } from '../model/config.ts';
import type { Notification } from '../model/notification.ts';
import type { Secret } from '../model/secret.ts';
import { chartAlt, chartSvg } from './chart-svg.ts';
import { clip } from './content.ts';
import { reasonOf } from './reason.ts';
import { keySecrets } from './post.ts';
import type { SlackPlace } from './slack-call.ts';

export interface SlackUploading {
  readonly token: Secret;
  /** Origin of the Web API. */
  readonly api: string;
  readonly io: NotifierIo;
  readonly signal: AbortSignal;
}

/** Pictures of one message; the thread is for reading. */
const MOST = 3;

/** Puts the charts of what changed into a message's thread; whatever fails is logged. Needs the scope `files:write`. */
export async function showCharts(
  { alerts, receiver, reminder }: Notification,
  place: SlackPlace,
  uploading: SlackUploading,
): Promise<void> {
  const changed = alerts.filter(({ changes, chart }) => chart !== undefined && (reminder || changes.length > 0));
  const files = await Promise.all(
    changed.slice(0, MOST).map(async ({ chart }) => {
      const png = await uploading.io.draw(chartSvg(chart!));
      return png && upload(png, chartAlt(chart!), uploading);
    }),
  ).catch((error: unknown) => complain(receiver, error, uploading));
  const done = files?.filter((file) => file !== undefined) ?? [];
  if (done.length === 0) return;
  const { channel, ts } = place;
  await call('files.completeUploadExternal', { files: done, channel_id: channel, thread_ts: ts }, uploading).catch(
    (error: unknown) => complain(receiver, error, uploading),
  );
}

// https://docs.slack.dev/messaging/working-with-files#uploading_files
async function upload(png: Uint8Array, alt: string, uploading: SlackUploading): Promise<{ id: string; title: string }> {
  const wanted = { filename: 'chart.png', length: png.length, alt_txt: clip(alt, 900) };
  const { upload_url, file_id } = await call('files.getUploadURLExternal', wanted, uploading);
  if (typeof upload_url !== 'string' || typeof file_id !== 'string')
    throw new Error('Slack gave no place to upload to.');
  const answer = await uploading.io.fetch(upload_url, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body: Buffer.from(png),
    redirect: 'manual',
    signal: uploading.signal,
  });
  if (!answer.ok) throw new Error(`Slack answered ${answer.status} to the upload of a chart.`);
  return { id: file_id, title: clip(alt, 200) };
}

async function call(method: string, body: object, { token, api, io, signal }: SlackUploading) {
  const response = await io.fetch(`${api}/api/${method}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token.reveal()}`, 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify(body),
    redirect: 'manual',
    signal,
  });
  const said = (await response.json()) as Readonly<Record<string, unknown>>;
  if (said['ok'] !== true) throw new Error(`Slack refused ${method}: "${String(said['error']).slice(0, 60)}".`);
  return said;
}

function complain(receiver: string, error: unknown, { io, token }: SlackUploading): undefined {
  const { message } = reasonOf(error, keySecrets(token));
  io.log({ receiver, reason: message }, 'a chart could not be shown; the message was told without');
}
