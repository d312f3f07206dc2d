export { EVERY_METRIC, needsOf } from './needs.ts';
export { Windows } from './windows.ts';
