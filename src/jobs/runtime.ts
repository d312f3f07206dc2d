import type { Live } from './live.ts';
import type { LiveWindows } from './windows.ts';

/** What the worker runs on. A reload replaces both at once; whoever took them before finishes on the old ones. */
export class Runtime {
  live: Live;
  windows: LiveWindows;

  constructor(live: Live, windows: LiveWindows) {
    this.live = live;
    this.windows = windows;
  }

  replace(live: Live, windows: LiveWindows): void {
    this.live = live;
    this.windows = windows;
  }
}
