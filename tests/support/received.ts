import type { Post, Received } from '../../src/model/posted.ts';

/** A request as Prometheus sends it, with these alerts. */
export function receivedOf(posts: readonly Post[]): Received {
  const alerts = posts.map(({ rule, labels, annotations, startsAt, endsAt }) => ({
    labels: { alertname: rule, ...labels },
    annotations,
    startsAt: new Date(startsAt).toISOString(),
    endsAt: new Date(endsAt).toISOString(),
  }));
  return { body: Buffer.from(JSON.stringify(alerts)), at: Math.max(0, ...posts.map(({ updatedAt }) => updatedAt)) };
}
