import type { Post } from '../../src/model/posted.ts';
import type { Random } from './random.ts';
import { ASSETS } from './rules.ts';

/** What another program says of an alert. */
export type Posting = 'firing' | 'over';

/** The alerts of a storm, by what they are about. */
const STORM = Array.from({ length: 60 }, (_, index) => `p${index}`);

const HOUR = 3_600_000;

/** Some of each group are critical. */
function postedLabels(entity: string): Record<string, string> {
  const index = Number(entity.slice(1));
  const severity = index % 20 === 0 ? { severity: 'critical' } : {};
  return { asset: ASSETS[index % ASSETS.length]!, entity, ...severity };
}

/** Something else is said of about half of them. */
export function drawStorm(posted: Map<string, Posting>, { chance }: Random): void {
  for (const entity of STORM) if (chance(0.5)) posted.set(entity, chance(0.6) ? 'firing' : 'over');
}

/** What is critical at the end would inhibit others for good. */
export function calmDown(posted: Map<string, Posting>): void {
  for (const entity of posted.keys()) if (postedLabels(entity)['severity']) posted.set(entity, 'over');
}

/** One request that says all of it. */
export function postsOf(posted: ReadonlyMap<string, Posting>, now: number): readonly Post[] {
  return [...posted].map(([entity, state]) => ({
    ...{ rule: 'Posted', labels: postedLabels(entity), annotations: {}, startsAt: now - 1000, updatedAt: now },
    endsAt: state === 'firing' ? now + 100 * HOUR : now,
  }));
}
