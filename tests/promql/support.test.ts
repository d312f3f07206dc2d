import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agree, type Labels } from '../../src/model/labels.ts';
import { plan, support } from '../../src/promql/index.ts';
import { series, viewOf } from './view.ts';

const labelSets = fc.dictionary(fc.constantFrom('asset', 'venue', 'chain'), fc.constantFrom('x', 'y'));

describe('support', () => {
  it('is exactly the series that agree on the labels both have', () => {
    fc.assert(
      fc.property(fc.array(labelSets), labelSets, (sets, labels: Labels) => {
        const all = sets.map((set) => series({ __name__: 'm', ...set }, []));
        const found = support(plan('m').leaves[0]!, viewOf(...all), labels);
        expect(new Set(found)).toEqual(new Set(all.filter((window) => agree(window.labels, labels))));
      }),
    );
  });

  it('asks the view again only when its generation moves', () => {
    const [leaf] = plan('m').leaves;
    let asked = 0;
    const view = { generation: 1, select: () => (asked++, []) };
    support(leaf!, view, {});
    support(leaf!, view, { asset: 'x' });
    view.generation = 2;
    support(leaf!, view, {});
    expect(asked).toBe(2);
  });
});
