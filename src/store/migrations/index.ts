import { first } from './0001_first.ts';

/** In order; one that has been released is never edited. */
export const MIGRATIONS = [first] as const;
