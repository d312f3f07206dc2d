import { expect, onTestFinished, test, vi } from 'vitest';
import type { Incident } from '../../demo/incident.ts';
import { setStage } from '../../demo/stage.ts';
import type { Stage } from '../../demo/stage.ts';
import { readTold } from '../../demo/told.ts';

const START = Date.UTC(2025, 10, 3, 10) / 1000;
const incident: Incident = {
  nav: 1.26,
  disclosure: 0,
  hours: [1.26, 1.2, 1.2, 1.26, 1.26, 1.26].map((price, hour) => ({ at: START + hour * 3600, price })),
};

const told = (stage: Stage) =>
  stage.slack.received
    .filter(({ accepted }) => accepted)
    .map(({ payload }) => payload.text)
    .join('\n');

test(
  'a receiver that answers 429, 500, cuts, stays silent or refuses for good loses nothing',
  { timeout: 180_000 },
  async () => {
    const stage = await setStage({ incident });
    onTestFinished(async () => stage.close());
    // One of each before the first message is through; a silent one is given up after 20 s.
    stage.slack.faults.push({ status: 429, headers: { 'retry-after': '1' } }, { status: 500 }, 'reset', 'half', 'hang');
    for (const hour of incident.hours.slice(0, 3)) {
      await stage.play(hour);
      await stage.judged(hour.at);
    }
    await vi.waitFor(() => expect(told(stage)).toMatch(/CRITICAL Stream xUSD trades −4\.76 % from its NAV/), {
      timeout: 90_000,
      interval: 200,
    });
    expect(stage.slack.faults).toEqual([]);

    // 404 is for good: somebody else hears of it, and the message stays due.
    stage.slack.faults.push({ status: 404, body: 'no_service' });
    for (const hour of incident.hours.slice(3)) {
      await stage.play(hour);
      await stage.judged(hour.at);
    }
    const mails = async () =>
      (await Promise.all(stage.smtp.received.map(async (mail) => (await mail.parse()).text))).join('\n');
    await vi.waitFor(
      async () => expect(await mails()).toMatch(/CRITICAL {2}Receiver slack refused a message for good/),
      { timeout: 30_000, interval: 200 },
    );
    const waiting = (await stage.worker.status()).receivers.find(({ receiver }) => receiver === 'slack');
    expect(waiting).toMatchObject({ lastError: expect.stringMatching(/404/) });
    expect(JSON.stringify(await stage.worker.status())).not.toContain(new URL(stage.slack.url).pathname);

    const changes = await readTold(stage, 0);
    const belowNav = changes.filter(({ alert }) => alert === 'BelowNav');
    expect(belowNav.map(({ state }) => state)).toContain('firing');
    expect(
      belowNav.filter(({ state }) => state !== 'resolved').every(({ receivers }) => receivers.includes('slack')),
    ).toBe(true);
    expect(belowNav.every(({ receivers }) => receivers.includes('email'))).toBe(true);
  },
);
