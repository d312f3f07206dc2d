import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { readAlerts } from '../../src/http/alertmanager/postable.ts';
import { Poster } from '../../src/jobs/post.ts';
import type { PosterDeps } from '../../src/jobs/post.ts';
import type { Post } from '../../src/model/posted.ts';
import type { KeptPosts, PostsCommit } from '../../src/model/store.ts';
import { receivedOf } from '../../src/store/posts.ts';

const route = {
  ...{ receivers: ['desk'], groupBy: ['pool'], matchers: [], routes: [], continue: false },
  ...{ groupWait: 0, groupInterval: 1000, repeatInterval: 1000 },
};
const group = (pool: string) => ({ receiver: 'desk', groupKey: `{}:{pool="${pool}"}` });

function postsOf(pool: string, from: number, count: number, more: object = {}): readonly Post[] {
  const updatedAt = Date.now();
  return Array.from({ length: count }, (_, index) => {
    const labels = { pool, entity: `e${from + index}`, ...more };
    return { rule: 'Depeg', labels, annotations: {}, startsAt: updatedAt, endsAt: updatedAt + 60_000, updatedAt };
  });
}

function world(
  parts: Partial<Pick<PosterDeps, 'ahead' | 'onError' | 'now' | 'perCommit' | 'read'>> & {
    readonly keeping?: () => Promise<void>;
  } = {},
  kept: readonly KeptPosts[] = [],
) {
  const commits: PostsCommit[] = [];
  const calm = vi.fn<() => void>();
  let [id, fails] = [0, 0];
  const deps: PosterDeps = {
    store: {
      postedAlerts: async () => ({ at: 0, alerts: [] }),
      keepPosts: async (requests) => {
        await parts.keeping?.();
        return requests.map(() => ++id);
      },
      keptPosts: async () => kept,
      commitPosts: async (commit) => {
        if (fails-- > 0) throw new Error('The database is away.');
        commits.push(commit);
        await sleep(50);
        return true;
      },
    },
    ...{ route, read: readAlerts, now: Date.now, committed: () => undefined, calm, ahead: async () => undefined },
    expect: () => undefined,
    unheard: async () => undefined,
    onError: (error) => {
      throw error;
    },
    ...parts,
  };
  const poster = new Poster(deps);
  const post = async (posts: readonly Post[]) => poster.post(receivedOf(posts));
  return { poster, post, commits, calm, fail: () => (fails = 1) };
}

const kinds = (commits: readonly PostsCommit[]) =>
  commits.flatMap(({ transitions }) => transitions.map((each) => each.transition.kind));

it('takes what comes in a storm together, and says of its groups that they grow until it is over', async () => {
  const { poster, post, commits, calm } = world();
  for (let from = 0; from < 640; from += 64) await post(postsOf('a', from, 64));
  await expect.poll(() => commits.length).toBeGreaterThan(0);
  expect(commits[0]!.alerts.length).toBeGreaterThan(64);
  expect([poster.isGrowing(group('a')), poster.isGrowing(group('b'))]).toEqual([true, false]);
  await expect.poll(() => calm).toHaveBeenCalledOnce();
  expect(poster.isGrowing(group('a'))).toBe(false);
  expect(commits.reduce((sum, { alerts }) => sum + alerts.length, 0)).toBe(640);
  expect(commits[0]!.since).toBeLessThanOrEqual(commits[0]!.now);
});

it('has no storm hold back what is critical, nor a few alerts wait for more', async () => {
  const { poster, post, commits, calm } = world();
  await post(postsOf('a', 0, 3));
  await expect.poll(() => commits.length).toBe(1);
  expect(poster.isGrowing(group('a'))).toBe(false);
  await post([...postsOf('a', 10, 64), ...postsOf('b', 100, 64, { severity: 'critical' })]);
  await expect.poll(() => commits.length).toBe(2);
  expect([poster.isGrowing(group('a')), poster.isGrowing(group('b'))]).toEqual([true, false]);
  await expect.poll(() => calm).toHaveBeenCalledOnce();
});

it('tells what is new of a storm before it commits it, and of a few alerts nothing', async () => {
  const told: (readonly [alerts: number, committed: number])[] = [];
  const { post, commits } = world({
    ahead: async ({ size, firing }, { now, since }) => {
      told.push([size, commits.length]);
      expect(firing[0]!.telling).toMatchObject(group('a'));
      expect(since).toBeLessThanOrEqual(now);
    },
  });
  await post(postsOf('a', 0, 3));
  await expect.poll(() => commits.length).toBe(1);
  expect(told).toEqual([]);
  for (let from = 10; from < 330; from += 64) await post(postsOf('a', from, 64));
  await expect.poll(() => commits.length).toBe(2);
  expect(told).toEqual([[320, 1]]);
  expect(commits[1]!.transitions).toHaveLength(320);
});

it('says what fires with all that was kept before, also what came while others were held', async () => {
  const { poster, post, commits } = world();
  const [old] = postsOf('a', 0, 1);
  await post([{ ...old!, endsAt: Date.now() + 30 }]);
  await expect.poll(() => commits.length).toBe(1);
  await sleep(100);
  const held = poster.tick();
  await expect.poll(() => commits.length).toBe(2);
  await post(postsOf('b', 1, 1));
  expect((await poster.firing()).map(({ labels }) => labels['pool'])).toContain('b');
  await held;
});

it('reads what is posted while the disk works, and forgets with the next commit what was refused', async () => {
  const order: string[] = [];
  const { poster, post, commits } = world({
    keeping: async () => {
      order.push('writes');
      await sleep(20);
      order.push('written');
    },
    read: (received) => {
      order.push('reads');
      return readAlerts(received);
    },
  });
  await expect(poster.post({ body: Buffer.from('no alerts'), at: 0 })).rejects.toThrow('parsing alerts body');
  expect(order).toEqual(['writes', 'reads', 'written']);
  await expect.poll(() => commits.map(({ kept, alerts }) => [kept, alerts])).toEqual([[[1], []]]);
  await post(postsOf('a', 0, 1));
  await expect.poll(() => commits.map(({ kept }) => kept)).toEqual([[1], [2]]);
});

it('says why it refuses a request also while nothing can be kept, and keeps nothing of one it cannot store', async () => {
  const { poster, post } = world({
    keeping: vi.fn<() => Promise<void>>().mockRejectedValue(new Error('The database is away.')),
  });
  await expect(poster.post({ body: Buffer.from('no alerts'), at: 0 })).rejects.toThrow('parsing alerts body');
  await expect(post(postsOf('a', 0, 1))).rejects.toThrow('The database is away.');
  expect(await poster.firing()).toEqual([]);
});

it('takes a storm for one although the disk pauses', async () => {
  const told: number[] = [];
  let keeping = 0;
  const { post } = world({
    ahead: async ({ size }) => void told.push(size),
    keeping: async () => sleep(keeping),
  });
  for (let from = 0; from < 1280; from += 64) {
    keeping = from === 640 ? 120 : 0;
    await post(postsOf('a', from, 64));
  }
  await expect.poll(() => told).toEqual([1280]);
});

it('has a few alerts not wait for a few others that the disk takes its time for', async () => {
  let keeping = 0;
  const { post, commits } = world({ keeping: async () => sleep(keeping) });
  await post(postsOf('a', 0, 3));
  keeping = 400;
  const slow = post(postsOf('a', 10, 3));
  await expect.poll(() => commits.length, { timeout: 300 }).toBe(1);
  await slow;
});

it('commits what could not be told ahead, and holds up no tick with a storm', async () => {
  const onError = vi.fn<(error: unknown) => void>();
  let end: (() => void) | undefined;
  const { poster, post, commits } = world({
    ahead: async () => {
      await new Promise<void>((resolve) => (end = resolve));
      throw new Error('The database is away.');
    },
    onError,
  });
  await post(postsOf('a', 0, 64));
  await expect.poll(() => end).toBeDefined();
  await poster.tick();
  expect(commits).toEqual([]);
  end!();
  await expect.poll(() => commits.length).toBe(1);
  expect(onError).toHaveBeenCalledOnce();
  expect(commits[0]!.transitions).toHaveLength(64);
});

it('judges an alert that comes twice in a commit of its own each time, after the last one even if the clock was set back', async () => {
  const { post, commits } = world({ now: () => 1000 });
  const [first] = postsOf('a', 0, 1);
  await post([first!, { ...first!, endsAt: first!.updatedAt }]);
  await expect.poll(() => commits.length).toBe(2);
  expect(commits.map(({ transitions: [change] }) => change!.transition.kind)).toEqual(['firing', 'resolved']);
  expect(commits.map(({ now }) => now)).toEqual([1000, 1001]);
  expect(commits.map(({ kept }) => kept)).toEqual([[], [1]]);
});

it('judges what the process before it kept first, whatever is posted to it meanwhile', async () => {
  const [old] = postsOf('a', 0, 1);
  const { post, commits } = world({}, [{ id: 0, ...receivedOf([old!]) }]);
  const at = old!.updatedAt + 1000;
  await post([{ ...old!, updatedAt: at, endsAt: at }]);
  await expect.poll(() => kinds(commits)).toEqual(['firing', 'resolved']);
});

it('goes on where what the process before it kept cannot be read, says so, and forgets it', async () => {
  const onError = vi.fn<(error: unknown) => void>();
  const [other] = postsOf('a', 0, 1);
  const kept = [
    { id: 1, body: Buffer.from('[{'), at: 0 },
    { id: 2, ...receivedOf([other!]) },
  ];
  const { poster, commits } = world({ onError }, kept);
  await poster.tick();
  expect(onError).toHaveBeenCalledOnce();
  expect(commits.map((commit) => commit.kept)).toEqual([[1, 2]]);
  expect(kinds(commits)).toEqual(['firing']);
});

/** Another process has kept two alerts, of the first of which the end was heard of already. */
async function endedBefore(perCommit?: number) {
  const [old, other] = postsOf('a', 0, 2);
  const kept: KeptPosts[] = [];
  const made = world({ onError: () => undefined, ...(perCommit !== undefined && { perCommit }) }, kept);
  await made.poster.tick();
  const at = old!.updatedAt + 1000;
  await made.post([{ ...old!, updatedAt: at, endsAt: at }]);
  await made.poster.firing();
  await sleep(0);
  kept.push({ id: 7, ...receivedOf([old!, other!]) });
  return made;
}

it('ends what another process kept of an alert whose end it has heard of already', async () => {
  const { poster, commits, fail } = await endedBefore();
  fail();
  for (let tick = 0; tick < 10; tick++) await poster.tick().catch(() => undefined);
  expect(kinds(commits)).toEqual([]);
  await poster.tick();
  await expect.poll(() => kinds(commits)).toEqual(['firing', 'firing', 'resolved']);
  expect(commits.at(-1)!.transitions[0]!.transition.labels['entity']).toBe('e0');
});

it('ends such an alert also when the next part could not be committed', async () => {
  const { poster, commits, fail } = await endedBefore(1);
  for (let tick = 0; tick < 9; tick++) await poster.tick();
  const taken = poster.tick().catch(() => undefined);
  await expect.poll(() => kinds(commits)).toEqual(['firing']);
  fail();
  await taken;
  await poster.tick();
  await expect.poll(() => kinds(commits).toSorted()).toEqual(['firing', 'firing', 'resolved']);
});

it('tells a storm at once and commits it in parts, also within a request', async () => {
  const ahead = vi.fn<(grouped: { readonly size: number }) => Promise<void>>(async () => undefined);
  const { post, commits } = world({ ahead, perCommit: 100 });
  for (let from = 0; from < 320; from += 64) await post(postsOf('a', from, 64));
  await expect.poll(() => commits.length).toBe(4);
  expect(ahead.mock.calls.map(([{ size }]) => size)).toEqual([320]);
  expect(commits.map(({ alerts }) => alerts.length)).toEqual([100, 100, 100, 20]);
  expect(commits.map(({ transitions }) => transitions.length)).toEqual([100, 100, 100, 20]);
  expect(commits.map(({ kept }) => kept)).toEqual([[1], [2, 3], [4], [5]]);
  expect(new Set(commits.map(({ now }) => now)).size).toBe(4);
});

it('commits nothing empty where a part ends with the storm, and of parts only what is not committed yet after a failure', async () => {
  const onError = vi.fn<(error: unknown) => void>();
  const { poster, post, commits, fail } = world({ perCommit: 64, onError });
  await post(postsOf('a', 0, 64));
  await post(postsOf('a', 64, 64));
  await expect.poll(() => commits.length).toBe(1);
  fail();
  await expect.poll(() => onError).toHaveBeenCalledOnce();
  await poster.tick();
  await poster.tick();
  expect(commits.map(({ alerts }) => alerts.map(({ labels }) => labels['entity'])[0])).toEqual(['e0', 'e64']);
  expect(commits.map(({ kept }) => kept)).toEqual([[1], [2]]);
});

it('leaves the parts that are not committed yet to the next process when it stops', async () => {
  const { poster, post, commits } = world({ perCommit: 64 });
  await post(postsOf('a', 0, 64));
  await post(postsOf('a', 64, 64));
  await expect.poll(() => commits.length).toBe(1);
  await poster.stop();
  expect(commits.map(({ kept }) => kept)).toEqual([[1]]);
});

it('commits what it has told ahead before it stops, and judges nothing after that', async () => {
  let end: (() => void) | undefined;
  const { poster, post, commits } = world({ ahead: async () => new Promise<void>((resolve) => (end = resolve)) });
  await post(postsOf('a', 0, 64));
  await expect.poll(() => end).toBeDefined();
  const stopped = poster.stop();
  end!();
  await stopped;
  expect(commits.map(({ transitions }) => transitions.length)).toEqual([64]);
  await post(postsOf('a', 100, 3));
  await poster.tick();
  await sleep(50);
  expect(commits).toHaveLength(1);
});
