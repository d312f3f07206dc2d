import { LEVELS, type Level, type LevelName, type Step } from '../model/rule.ts';
import type { ConfigError } from './error.ts';
import type { AlertInput, LevelInput } from './ruleSchema.ts';
import { EXPECTED_THRESHOLD, misfit, parseThreshold, type Unit } from './threshold.ts';
import type { Path, YamlFile } from './yamlFile.ts';

interface Judged {
  readonly yaml: YamlFile;
  /** Where `levels` stands. */
  readonly path: Path;
  /** Of the judged value, when it is known. */
  readonly unit: Unit | undefined;
  readonly complain: (error: ConfigError) => void;
}

/** Turns written levels into numbers in base units; complains of units that do not fit and of a `clear` on the wrong side. */
export function readLevels(input: NonNullable<AlertInput['levels']>, judged: Judged): readonly Level[] {
  if (Object.keys(input).length === 0)
    judged.complain(judged.yaml.errorAtKey(judged.path, 'levels is empty; expected info, warning or critical'));
  return LEVELS.flatMap((name) => {
    const level = input[name];
    return level === undefined ? [] : readLevel(name, level, { ...judged, path: [...judged.path, name] });
  });
}

/** Reads how much worse is worth another message; complains where there is no level that it could be past. */
export function readStep(
  written: string | number | undefined,
  path: Path,
  judged: Omit<Judged, 'path'> & { readonly levels: readonly Level[] },
): Step | undefined {
  const { yaml, complain, levels } = judged;
  if (written === undefined) return undefined;
  if (levels.length === 0) {
    complain(yaml.errorAtKey(path, 'found "step" in a rule without levels; it counts from the threshold of a level'));
    return undefined;
  }
  const size = readThreshold(written, path, judged);
  if (size === undefined || size > 0) return size === undefined ? undefined : { size, written: String(written) };
  complain(yaml.error(path, `found "${written}"; a step is positive, whichever way is worse`));
  return undefined;
}

function readLevel(name: LevelName, input: LevelInput, judged: Judged): readonly Level[] {
  const { yaml, path, complain } = judged;
  if ((input.above === undefined) === (input.below === undefined)) {
    complain(yaml.errorAtKey(path, `level "${name}" needs exactly one of above and below`));
    return [];
  }
  const side = input.above === undefined ? 'below' : 'above';
  const written = input[side]!;
  const threshold = readThreshold(written, [...path, side], judged);
  const clear = input.clear === undefined ? threshold : readThreshold(input.clear, [...path, 'clear'], judged);
  if (threshold === undefined || clear === undefined) return [];
  if (side === 'above' ? clear > threshold : clear < threshold) {
    const expected = side === 'above' ? 'at or below' : 'at or above';
    complain(
      yaml.error(
        [...path, 'clear'],
        `found "${input.clear}"; a level entered ${side} ${written} clears ${expected} it`,
      ),
    );
  }
  return [{ name, [side]: threshold, for: input.for, clear, written: String(written) }];
}

function readThreshold(
  written: string | number,
  path: Path,
  { yaml, unit, complain }: Omit<Judged, 'path'>,
): number | undefined {
  const threshold = parseThreshold(written);
  const problem = threshold === undefined ? EXPECTED_THRESHOLD : misfit(threshold, unit);
  if (problem === undefined) return threshold?.value;
  complain(yaml.error(path, `found "${written}"; ${problem}`));
  return undefined;
}
