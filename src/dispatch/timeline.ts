import type { Story, StoryAck, StoryChange } from '../model/story.ts';

/** One thing that happened in an episode. Unix ms. */
export interface Event {
  readonly at: number;
  readonly kind: 'change' | 'told' | 'person';
  readonly text: string;
}

export interface Printing {
  /** Prints a judged value with its unit. */
  readonly value: (value: number) => string;
  readonly moment: (at: number) => string;
}

/** An episode as it went: what changed, who was told of what, who said something; oldest first. */
export function timelineOf(story: Story, print: Printing): readonly Event[] {
  const { changes, messages, acknowledgements, notes } = story;
  const events: readonly Event[] = [
    ...changes.flatMap((change) => [changed(change, print), ...untold(change)]),
    ...messages.map(({ at, receiver, changes: said }): Event => {
      const what = said.length === 0 ? `reminded ${receiver}` : `told ${receiver}: ${said.join(', ')}`;
      return { at, kind: 'told', text: what };
    }),
    ...acknowledgements.flatMap((ack) => acked(ack, print)),
    ...notes.map(({ at, by, text }): Event => ({ at, kind: 'person', text: `${by}: ${text}` })),
  ];
  return events.toSorted((a, b) => a.at - b.at);
}

const WORDS = {
  pending: 'in breach, not long enough yet',
  removed: 'removed: its rule left the configuration',
} as const;

function changed({ at, kind, from, to, value }: StoryChange, print: Printing): Event {
  const level = kind === 'level' ? `${from} → ${to}` : kind === 'cancelled' ? 'back before it fired' : undefined;
  const word = level ?? (kind === 'pending' || kind === 'removed' ? WORDS[kind] : kind);
  const named = kind === 'firing' && to !== null ? `${word} at ${to}` : word;
  return { at, kind: 'change', text: value === null ? named : `${named}, value ${print.value(value)}` };
}

/** Of what was told the messages speak. */
function untold({ at, told }: StoryChange): readonly Event[] {
  return told.flatMap(({ receiver, at: toldAt, kept }): readonly Event[] => {
    if (kept !== null) return [{ at: toldAt ?? at, kind: 'told', text: `not told to ${receiver}: ${kept}` }];
    return toldAt === null ? [{ at, kind: 'told', text: `not told to ${receiver} yet` }] : [];
  });
}

function acked({ at, by, via, until, note, endedAt, endedBy }: StoryAck, print: Printing): readonly Event[] {
  const said: Event = {
    at,
    kind: 'person',
    text: `acknowledged by ${by} (${via}) until ${print.moment(until)}${note === null ? '' : `: ${note}`}`,
  };
  if (endedAt === null) return [said];
  const why = endedBy === 'level' ? 'it got worse' : endedBy === 'worse' ? 'it got worse by a step' : endedBy;
  return [said, { at: endedAt, kind: 'person', text: `acknowledgement of ${by} ended: ${why}` }];
}
