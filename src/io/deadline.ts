import { setMaxListeners } from 'node:events';

/**
 * Ends after `ms` on the machine clock, with a `TimeoutError`, or with `outer` for its reason.
 *
 * Held by its timer: Node.js 20 collects a timeout that only `AbortSignal.any` holds, which then never ends
 * (nodejs/node#57736).
 */
export function endsWithin(ms: number, outer: AbortSignal): AbortSignal {
  const controller = new AbortController();
  // A run asks as much as it likes; ten listeners are no leak, and each leaves with its timer.
  setMaxListeners(0, outer);
  const follow = () => controller.abort(outer.reason);
  if (outer.aborted) follow();
  else outer.addEventListener('abort', follow, { once: true });
  const end = () => {
    outer.removeEventListener('abort', follow);
    controller.abort(new DOMException(`Not done within ${ms} ms.`, 'TimeoutError'));
  };
  setTimeout(end, ms).unref();
  return controller.signal;
}
