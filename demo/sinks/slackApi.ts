import { startHttpSink } from './http.ts';
import type { Answer, HttpSink, Received } from './http.ts';
import { complaintsAbout } from './slackLimits.ts';

export interface ChannelMessage {
  readonly channel: string;
  readonly ts: string;
  readonly text: string;
  readonly blocks: readonly unknown[];
  /** Set on replies. */
  readonly thread: string | undefined;
  readonly broadcast: boolean;
  readonly edits: number;
}

/** Slack's Web API on this machine, as far as a bot that posts and edits needs it. */
export interface SharedFile {
  readonly id: string;
  readonly title: string;
  readonly thread: string | undefined;
  readonly bytes: Buffer;
}

export interface SlackApiSink extends HttpSink {
  /** Files that were shared. */
  readonly files: SharedFile[];
  /** What the channel shows, oldest first. */
  readonly messages: ChannelMessage[];
}

type Call = Readonly<Record<string, unknown>>;

/** Knows one bot and one channel. */
export async function startSlackApiSink(token: string, channel: string): Promise<SlackApiSink> {
  const messages: ChannelMessage[] = [];
  const files: SharedFile[] = [];
  const uploads = new Map<string, Buffer | undefined>();
  const post = ({ text, blocks, thread_ts: thread, reply_broadcast: broadcast = false }: Call): Call => {
    if (thread !== undefined && !messages.some(({ ts }) => ts === thread)) return refusal('thread_not_found');
    const ts = `1795154400.${`${messages.length + 1}`.padStart(6, '0')}`;
    messages.push({ channel, ts, text, blocks, thread, broadcast, edits: 0 } as ChannelMessage);
    return { ok: true, channel, ts };
  };
  const update = ({ ts, text, blocks }: Call): Call => {
    const index = messages.findIndex((message) => message.ts === ts);
    const old = messages[index];
    if (old === undefined) return refusal('message_not_found');
    messages[index] = { ...old, text, blocks, edits: old.edits + 1 } as ChannelMessage;
    return { ok: true, channel, ts, text };
  };
  const complete = ({ files: named, channel_id: where, thread_ts: thread }: Call): Call => {
    if (where !== channel) return refusal('channel_not_found');
    for (const { id, title } of named as { id: string; title: string }[]) {
      const bytes = uploads.get(id);
      if (bytes === undefined) return refusal('file_not_found');
      files.push({ id, title, thread: thread as string | undefined, bytes });
    }
    return { ok: true, files: named };
  };
  const methods: Readonly<Record<string, (call: Call) => Call>> = {
    '/api/chat.postMessage': post,
    '/api/chat.update': update,
  };
  const sink: HttpSink = await startHttpSink(({ path, headers, body, bytes }: Received, isFaulty): Answer => {
    if (isFaulty) return { status: 200 };
    const id = /^\/upload\/(F\d+)$/.exec(path)?.[1];
    if (id !== undefined) {
      uploads.set(id, bytes);
      return { status: 200, body: `OK - ${bytes.length}` };
    }
    if (headers.authorization !== `Bearer ${token}`) return json(refusal('invalid_auth'));
    const call = JSON.parse(body) as Call;
    if (path === '/api/files.getUploadURLExternal') {
      const next = `F${uploads.size + 1}`;
      uploads.set(next, undefined);
      return json({ ok: true, upload_url: `${sink.url}/upload/${next}`, file_id: next });
    }
    if (path === '/api/files.completeUploadExternal') return json(complete(call));
    if (call['channel'] !== channel) return json(refusal('channel_not_found'));
    const complaints = complaintsAbout(messageIn(call));
    if (complaints.length > 0) return json(refusal(`invalid_blocks: ${complaints.join('; ')}`));
    return json(methods[path]?.(call) ?? refusal('unknown_method'));
  });
  return { ...sink, messages, files };
}

/** What both methods share with an incoming webhook. */
function messageIn({ text, blocks }: Call): unknown {
  return { text, blocks, unfurl_links: false, unfurl_media: false };
}

function refusal(error: string): Call {
  return { ok: false, error };
}

function json(body: Call): Answer {
  return { status: 200, body: JSON.stringify(body) };
}
