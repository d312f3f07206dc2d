import type { Labels } from '../model/labels.ts';
import type { SeriesView } from '../model/series.ts';
import type { Verdict } from '../model/verdict.ts';
import { frameAt, keyOf } from '../promql/index.ts';
import type { CompiledAlert } from './compile.ts';
import { Judge } from './judge.ts';

/** What a rule says at one instant of the label sets that it yields or has judged before. */
interface Judgement {
  readonly verdicts: readonly Verdict[];
  /** Label sets judged before whose series left the configuration. */
  readonly gone: readonly Labels[];
  /** Nothing could be judged although some input is known. */
  readonly blind: boolean;
}

/** Judges once, for those who look at a rule without its history. */
export function judgeOnce(
  compiled: CompiledAlert,
  view: SeriesView,
  now: number,
  judged: readonly Labels[],
): Judgement {
  const one = new Judge(compiled, view);
  one.evaluate(frameAt(view, now, compiled.reading), { judged: () => judged, isMoved: true });
  const before = new Set(judged.map(keyOf));
  const verdicts: Verdict[] = [];
  const gone: Labels[] = [];
  for (const [place, key] of one.places.keys.entries()) {
    if (!one.isFound(place) && !before.has(key)) continue;
    const verdict = one.verdict(place);
    if (verdict === undefined) gone.push(one.places.labels[place]!);
    else verdicts.push(verdict);
  }
  return { verdicts, gone, blind: verdicts.length + gone.length === 0 && one.isBlind };
}
