import { printValue } from '../dispatch/render-value.ts';
import { roughDuration } from '../model/duration.ts';
import type { EvidenceInput } from '../model/notification.ts';
import type { Origin } from '../model/sample.ts';

const SHOWN = 8;

/** One line for each input: series, value, age, where it was read, which source read it. `now` is unix ms. */
export function describeInputs(inputs: readonly EvidenceInput[], now: number): string[] {
  const lines = inputs.slice(0, SHOWN).map((input) => describeInput(input, now));
  return inputs.length > SHOWN ? [...lines, `and ${inputs.length - SHOWN} more inputs`] : lines;
}

function describeInput({ series, value, at, stale, source, origin }: EvidenceInput, now: number): string {
  const age = at === undefined ? 'no sample' : `${stale ? 'STALE, ' : ''}${roughDuration(now - at)} old`;
  const parts = [age, describeOrigin(origin), source && `source ${source}`].filter((part) => part !== '');
  return `${series}${value === undefined ? '' : ` = ${printValue(value)}`} · ${parts.join(' · ')}`;
}

/** A block is told with its confirmation: the latest may still be undone. */
function describeOrigin({ chain, block, slot, url, tag = 'latest' }: Origin): string {
  const height = block === undefined ? slot !== undefined && `slot ${slot}` : `block ${block} (${tag})`;
  return [chain, height, url].filter((part) => part !== undefined && part !== false).join(' ');
}
