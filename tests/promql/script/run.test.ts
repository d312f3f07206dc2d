import { describe, expect, it } from 'vitest';
import { runScript, ScriptError } from '../../../src/promql/script/index.ts';

/** The results of a script's cases, with the reasons of those that did not pass. */
function results(script: string): string[] {
  return runScript(script).map(({ result, reason }) => (reason === undefined ? result : `${result}: ${reason}`));
}

const LOADED = `
load 1m
  a{x="1"} 1+1x4
  a{x="2"} 5 _ NaN stale 7
  h 1 {{sum:1 count:1}}
`;

describe('runScript', () => {
  it.each([
    ['eval instant at 2m a{x="1"}\n  a{x="1"} 3', 'passed'],
    ['eval instant at 2m a{x="1"}\n  a{x="1"} 4', 'failed: expected a{x="1"} 4, found a{x="1"} 3'],
    ['eval instant at 2m a{x="1"}', 'failed: expected nothing, found a{x="1"} 3'],
    ['eval instant at 1m a\n  {__name__="a", x="2"} 5\n  a{x="1"} 2', 'passed'],
    ['eval instant at 3m a{x="2"}', 'passed'],
    ['eval range from 0 to 4m step 1m a{x="2"}\n  a{x="2"} 5 5 NaN _ 7', 'passed'],
    ['eval instant at 0 1 + 1\n  2', 'passed'],
    ['eval_fail instant at 0 label_replace(a, "x", "same", "", "")', 'passed'],
    ['eval instant at 0 a\n  expect fail', 'failed: expected a failure, found a{x="1"} 1; a{x="2"} 5'],
    ['eval instant at 0 sum(\n  expect fail', 'passed'],
    ['eval instant at 0 sort_desc(a)\n  expect ordered\n  a{x="2"} 5\n  a{x="1"} 1', 'passed'],
    [
      'eval instant at 0 sort(a)\n  expect ordered\n  a{x="2"} 5\n  a{x="1"} 1',
      'failed: expected a{x="2"} 5; a{x="1"} 1, found a{x="1"} 1; a{x="2"} 5',
    ],
    ['eval instant at 0 "text"\n  expect string "text"', 'passed'],
    ['eval instant at 4m a{x="2"}[3m]\n  expect range vector from 2m to 4m step 1m\n  a{x="2"} NaN _ 7', 'passed'],
    ['eval instant at 0 h', 'skipped: native histograms'],
    ['eval instant at 0 limitk(1, a)', 'skipped: experimental function "limitk"'],
    ['clear\neval instant at 0 a', 'passed'],
    [' eval instant at 0 ("")\n  expect string', 'passed'],
    ['load 1m\nb 1\n\neval instant at 0 b\n  b 1', 'passed'],
    ['load 1m\n  b@st -30s\n  b 1\n\neval instant at 0 b\n  b 1', 'skipped: experimental start timestamps'],
    ['load 1m\n  b ss(phase, on=1 off=0) x4\n\neval instant at 0 b\n  b 1', 'skipped: experimental state sets'],
    ['load 1m\n  b{__type__="gauge"} 1\n\neval instant at 0 -b\n  {} 1', 'skipped: experimental type and unit labels'],
    ['eval instant at 0 rate(a[max(step(), 5m)])', 'skipped: experimental duration arithmetic "max"'],
    ['eval instant at 0 a offset (STEP() / 10)', 'skipped: experimental duration arithmetic "STEP"'],
    ['eval instant at 0 rate(a[1 + (STep() - 5) * 2])', 'skipped: experimental duration arithmetic "STep"'],
    ['eval instant at 0 a offset min(step(), 5m)', 'skipped: experimental duration arithmetic "min"'],
    ['load 1m\n  {"a.b", "c d"="1"} 2\n\neval instant at 0 sum by ("c d") ({"a.b"})\n  {"c d"="1"} 2', 'passed'],
    ['eval instant at 1m sum by (__name__) (a or -h)\n  {} 7', 'skipped: native histograms'],
    ['eval instant at 1m sum by (__name__) (-a)\n  {} -7', 'passed'],
    ['eval instant at 1m topk(1, sum by (__name__) (a))\n  a 7', 'passed'],
    ['load 1m\n  b 1 1\n\neval instant at 1m sum by (__name__) (rate({__name__=~"a|b"}[5m]))\n  expect fail', 'passed'],
  ])('%j', (script, expected) => {
    expect(results(`${LOADED}\n${script}`)).toEqual([expected]);
  });

  it('takes the classic buckets that Prometheus turns into native histograms as both', () => {
    const load = 'load_with_nhcb 1m\n  h_bucket{le="1"} 1\n  h_bucket{le="+Inf"} 2\n';
    expect(results(`${load}eval instant at 0 histogram_quantile(0.5, h_bucket)\n  {} 1`)).toEqual(['passed']);
    expect(results(`${load}eval instant at 0 h`)).toEqual(['skipped: native histograms']);
  });

  it.each([
    ['evaluate instant at 0 a', 'Line 1: "evaluate instant at 0 a" is no command. A script has load, clear and eval.'],
    ['load 1m\n  a what', 'Line 2: "a what" is no series.'],
    ['load soon\n  a 1', '"soon" is no duration.'],
    ['load 1m\n  a 1+1x55555555555', 'Line 2: "a 1+1x55555555555" is no series.'],
    ['eval range from 0 to 5555555m step 1m a', 'Line 1: "1m" makes more than 11000 steps. Take a longer step.'],
  ])('refuses %j', (script, message) => {
    expect(() => runScript(script)).toThrow(new ScriptError(message));
  });
});
