import { describe, expect, it } from 'vitest';
import { plan, substitute } from '../../src/promql/index.ts';
import { MINUTE, series, viewOf } from './view.ts';

const many = Array.from({ length: 17 }, (_, index) =>
  series({ __name__: 'tvl_usd', asset: 'x', venue: `v${10 + index}` }, [index]),
);
const view = viewOf(
  series({ __name__: 'price_usd', asset: 'x', venue: 'a' }, [1.21, 1.26, 1.218]),
  series({ __name__: 'price_usd', asset: 'y', venue: 'a' }, [7, 7, 7]),
  series({ __name__: 'nav_per_share_usd', asset: 'x' }, [1.2654, 1.2654, 1.26540000001]),
  series({ __name__: 'supply_tokens', asset: 'x' }, [5], { maxAge: MINUTE }),
  ...many,
);

describe('substitute', () => {
  it.each([
    ['price_usd / on(asset) group_left() nav_per_share_usd - 1', '1.218 / 1.2654 - 1'],
    ['(price_usd > 1) and supply_tokens', '(1.218 > 1) and stale'],
    ['avg_over_time(price_usd[5m])', 'avg_over_time(3 samples, 1.21…1.26)'],
    ['sum by (asset) (tvl_usd{venue=~"v1[0-2]"})', 'sum (0, 1, 2)'],
    ['sum(tvl_usd) by (asset)', 'sum(0, 1, 2, 3, 4, … 12 more)'],
    ['tvl_usd{venue=~"v10|v11"} + 1', '(0, 1) + 1'],
    ['price_usd offset 1m', '1.26'],
    ['max_over_time(price_usd[30s] offset 10m)', 'max_over_time(no samples)'],
    ['absent(unheard_of)', 'absent(nothing)'],
  ])('prints %s with numbers', (source, text) => {
    expect(substitute(plan(source), view, { asset: 'x' }, 2 * MINUTE)).toBe(text);
  });

  it('prints one side of a comparison by itself', () => {
    const { root } = plan('(nav_per_share_usd + price_usd) > on(asset) price_usd * 2');
    expect(substitute(root!.left, view, { asset: 'x' }, 2 * MINUTE)).toBe('(1.2654 + 1.218)');
    expect(substitute(root!.right, view, { asset: 'x' }, 2 * MINUTE)).toBe('1.218 * 2');
  });
});
