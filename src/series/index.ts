export { EVERY_METRIC, needsOf, type Needs } from './needs.ts';
export { Windows } from './windows.ts';
