import { first } from './0001_first.ts';
import { mutes } from './0002_mutes.ts';
import { wakes } from './0003_wakes.ts';
import { tried } from './0004_tried.ts';
import { posted } from './0010_posted.ts';
import { once } from './0015_once.ts';
import { logs } from './0020_logs.ts';
import { spoken } from './0021_spoken.ts';
import { keptPosts } from './0022_kept_posts.ts';
import { logSums } from './0030_log_sums.ts';
import { logAnchors } from './0031_log_anchors.ts';
import { storms } from './0040_storms.ts';
import { stale } from './0041_stale.ts';
import { undone } from './0042_undone.ts';
import { toldTogether } from './0050_told_together.ts';
import { ahead } from './0051_ahead.ts';
import { bodies } from './0052_bodies.ts';

/** In order; one that has been released is never edited. */
export const MIGRATIONS = [
  first,
  mutes,
  wakes,
  tried,
  posted,
  logs,
  once,
  logSums,
  spoken,
  keptPosts,
  logAnchors,
  storms,
  stale,
  undone,
  toldTogether,
  ahead,
  bodies,
] as const;
