import { expect, it } from 'vitest';
import { Storm } from '../../src/jobs/storm.ts';
import type { Telling } from '../../src/model/claim.ts';

const of = (groupKey: string, flush = false): Telling => ({
  ...{ receiver: 'desk', groupKey, groupLabels: {}, flush },
  ...{ groupWait: 0, groupInterval: 0, repeatInterval: 0 },
});
const growing = (storm: Storm) => ['a', 'b'].filter((groupKey) => storm.isGrowing({ receiver: 'desk', groupKey }));

it('lets the groups of the last commit wait, and none once it is over', () => {
  let calm = 0;
  const storm = new Storm(() => calm++);
  storm.grow([of('a')]);
  expect(growing(storm)).toEqual([]);
  storm.rise();
  storm.grow([of('a')]);
  expect(growing(storm)).toEqual(['a']);
  storm.grow([of('b')]);
  expect(growing(storm)).toEqual(['b']);
  storm.end();
  expect([growing(storm), calm]).toEqual([[], 1]);
});

it('lets a group with something critical wait no more in this storm, whatever is added to it', () => {
  const storm = new Storm(() => undefined);
  storm.rise();
  storm.grow([of('a'), of('a', true), of('b')]);
  expect(growing(storm)).toEqual(['b']);
  storm.grow([of('a'), of('b')]);
  expect(growing(storm)).toEqual(['b']);
  storm.end();
  storm.rise();
  storm.grow([of('a')]);
  expect(growing(storm)).toEqual(['a']);
  storm.end();
});
