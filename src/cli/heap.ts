import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/**
 * V8 lets a heap grow to several times of what lives in it before it collects. A worker lives for months beside a database: a
 * few per cent of CPU are better spent on staying small.
 */
const GROWTH = '--heap-growing-percent=20';

/** Bytes for new objects, of which V8 takes 32 MiB when much lives for a moment: reading a past is no slower with this. */
const ROOM = 8 * 2 ** 20;
const LOOKS_EVERY_MS = 20;

/** Keeps the heap small, and the room for new objects until the function that is returned is called. To be called before much is loaded. */
export function keepHeapSmall(): () => void {
  setFlagsFromString(GROWTH);
  letGrow(false);
  const looking = setInterval(() => letGrow(roomForNew() < ROOM), LOOKS_EVERY_MS).unref();
  return () => {
    clearInterval(looking);
    letGrow(true);
  };
}

function roomForNew(): number {
  return getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')!.space_size;
}

function letGrow(may: boolean): void {
  setFlagsFromString(`--semi-space-growth-factor=${may ? 2 : 1}`);
}
