import type { Frame } from './value.ts';

/** Runs once for each frame. */
export function once<Result>(run: (frame: Frame) => Result): (frame: Frame) => Result {
  let last: Frame | undefined;
  let result: Result;
  return (frame) => {
    if (frame !== last) {
      result = run(frame);
      last = frame;
    }
    return result;
  };
}
