export { readSeries, readValues } from './notation.ts';
export { ScriptError } from './read.ts';
export { runScript, type Outcome } from './run.ts';
