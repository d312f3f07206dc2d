import { z } from 'zod';
import type { MetricName } from '../../model/metric.ts';
import { METRICS } from '../../model/metric.ts';

/** Metrics that a user may say a value is: all but those that Tocsin makes itself. */
export const READABLE = (Object.keys(METRICS) as MetricName[]).filter(
  (name) => !name.startsWith('tocsin_') && name !== 'asset_info',
);

const LABEL = /^(?!(asset|chain|source|upstream|__\w*)$)[a-zA-Z_]\w*$/;

/** Which series a generic source yields. */
export const seriesOptions = {
  metric: z.enum(READABLE).describe('what the value is; see the list of metrics'),
  labels: z
    .record(
      z.string().regex(LABEL, { error: 'expected a label name; asset, chain, source and upstream are set for you' }),
      z.string(),
    )
    .default({})
    .describe('labels beyond asset, chain and source'),
};
