import { setTimeout as sleep } from 'node:timers/promises';
import type { Status } from '../src/model/status.ts';
import type { Hour, Incident } from './incident.ts';
import type { Stage } from './stage.ts';

export interface PlayOptions {
  /** Machine ms that an hour takes at least. */
  readonly pace: number;
  readonly onHour: (hour: Hour, status: Status) => void;
}

/** Verdicts of the demo's own rules, over all hours. */
export interface Played {
  readonly judged: number;
  readonly unknown: number;
}

/** Plays the incident hour by hour, each only after the worker has judged the one before. */
export async function play(stage: Stage, { hours }: Incident, { pace, onHour }: PlayOptions): Promise<Played> {
  let judged = 0;
  let unknown = 0;
  for (const hour of hours) {
    const earliest = Date.now() + pace;
    await stage.play(hour);
    const status = await stage.judged(hour.at);
    const verdicts = status.rules
      .filter(({ group }) => group === 'stream')
      .flatMap(({ rows }) => rows.map(({ verdict }) => verdict));
    judged += verdicts.length;
    unknown += verdicts.filter((verdict) => verdict === 'unknown').length;
    onHour(hour, status);
    await sleep(Math.max(0, earliest - Date.now()));
  }
  return { judged, unknown };
}
