import type { Labels } from '../../model/labels.ts';

const SEPARATOR = 255;
/** 2^40 + 0x1b3 is the 64-bit FNV prime. */
const LOW_PRIME = 0x1b3;

/** 16 hex digits, as Alertmanager makes them: 64-bit FNV-1a over sorted names and values. */
export function labelFingerprint(labels: Labels): string {
  const state = { high: 0xcbf29ce4, low: 0x84222325 };
  for (const name of Object.keys(labels).sort()) {
    for (const text of [name, labels[name]!]) {
      for (const byte of Buffer.from(text, 'utf8')) add(state, byte);
      add(state, SEPARATOR);
    }
  }
  return hex(state.high) + hex(state.low);
}

function add(state: { high: number; low: number }, byte: number): void {
  const low = (state.low ^ byte) >>> 0;
  const product = low * LOW_PRIME;
  const carry = Math.floor(product / 0x1_0000_0000);
  state.high = (Math.imul(state.high, LOW_PRIME) + carry + (low << 8)) >>> 0;
  state.low = product >>> 0;
}

function hex(half: number): string {
  return half.toString(16).padStart(8, '0');
}
