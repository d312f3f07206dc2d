import type { AlertStatus, RuleRow, RuleStatus, SourceStatus, Status } from '../../src/model/status.ts';

const MINUTE = 60_000;

/** 2025-11-03T21:34:05Z. */
export const NOW = Date.UTC(2025, 10, 3, 21, 34, 5);

export function statusOf(parts: Partial<Status> = {}): Status {
  return {
    now: NOW,
    timezone: 'Europe/Berlin',
    version: '0.1.0',
    alerts: [],
    sources: [],
    rules: [],
    muted: [],
    receivers: [],
    inbox: [],
    sent: [],
    advice: [],
    queue: 'postgres',
    store: 'private',
    ...parts,
  };
}

export function alertOf(parts: Partial<AlertStatus> = {}): AlertStatus {
  return {
    rule: 'BelowNav',
    labels: { asset: 'xusd', chain: 'ethereum' },
    state: 'firing',
    level: 'critical',
    pending: {},
    lastKnownAt: NOW,
    activeAt: NOW - 12 * MINUTE,
    firedAt: NOW - 9 * MINUTE,
    startUnseen: false,
    value: -0.097,
    id: '9f1c2b7a44d0e381',
    summary: 'Stream xUSD trades −9.7 % from NAV on ethereum',
    shown: '−9.7 %',
    threshold: '-2%',
    ...parts,
  };
}

export function sourceOf(parts: Partial<SourceStatus> = {}): SourceStatus {
  return {
    source: 'xusd-pool',
    kind: 'uniswap_v3_pool',
    labels: { asset: 'xusd', chain: 'ethereum', source: 'xusd-pool' },
    every: MINUTE,
    maxAge: 3 * MINUTE,
    health: 'ok',
    lastOkAt: NOW - 20_000,
    origin: 'ethereum block 23700000',
    ...parts,
  };
}

export function rowOf(parts: Partial<RuleRow> = {}): RuleRow {
  return {
    labels: { asset: 'usdc', chain: 'ethereum' },
    verdict: 'ok',
    state: 'inactive',
    level: null,
    value: '−0.02 %',
    distances: [{ level: 'warning', threshold: '-0.5%', distance: 0.96 }],
    ...parts,
  };
}

export function ruleOf(parts: Partial<RuleStatus> = {}): RuleStatus {
  return {
    rule: 'BelowNav',
    group: 'stream',
    expr: 'asset:premium_to_nav_ratio{asset="xusd"}',
    file: 'rules/stream.yaml:21',
    interval: MINUTE,
    judgedAt: NOW - 5_000,
    rows: [rowOf()],
    ...parts,
  };
}
