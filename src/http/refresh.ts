/**
 * The page's script. It fetches `<main>` every few seconds while the tab is seen and says so when what stands there is old:
 * the age is checked every second, so a page that slept or lost its server never looks healthy.
 */
export const REFRESH = `
const EVERY = 5000, OLD = 15000;
const lost = document.getElementById('lost');
const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium', timeZone: document.body.dataset.timezone });
let freshAt = Date.now(), triedAt = 0, failed = false, busy = false;

function selecting(main) {
  const selection = getSelection();
  return !selection.isCollapsed && main.contains(selection.anchorNode);
}

function swap(text) {
  const main = document.querySelector('main');
  const next = new DOMParser().parseFromString(text, 'text/html').querySelector('main');
  if (!next) throw new Error('This answer is no status.');
  for (const { id } of main.querySelectorAll('details[open]')) next.querySelector('#' + CSS.escape(id))?.setAttribute('open', '');
  const focused = main.contains(document.activeElement) ? document.activeElement.id : '';
  main.replaceWith(next);
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

async function refresh() {
  busy = true;
  triedAt = Date.now();
  try {
    const reply = await fetch('/?fragment=1', { cache: 'no-store', signal: AbortSignal.timeout(10000) });
    if (!reply.ok) throw new Error('Status ' + reply.status);
    const text = await reply.text();
    failed = false;
    if (selecting(document.querySelector('main'))) return;
    swap(text);
    freshAt = Date.now();
  } catch {
    failed = true;
  } finally {
    busy = false;
  }
}

function tell() {
  const old = failed || Date.now() - freshAt > OLD;
  const why = failed || !selecting(document.querySelector('main')) ? 'Connection lost' : 'Paused while text is selected';
  const text = old ? why + ' since ' + clock.format(freshAt) + '. Everything below is from then and may be wrong.' : '';
  if (lost.textContent !== text) lost.textContent = text;
  lost.hidden = !old;
  document.body.classList.toggle('old', old);
  document.title = old ? '(lost) Tocsin' : document.querySelector('main').dataset.title;
}

async function tick() {
  if (!document.hidden && !busy && Date.now() - triedAt >= EVERY) await refresh();
  tell();
}

setInterval(tick, 1000);
document.addEventListener('visibilitychange', tick);
`;
