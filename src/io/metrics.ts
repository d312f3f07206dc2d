import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';
import type { Counters } from '../jobs/worker.ts';
import type { RpcRequest } from './evmUrl.ts';

export interface Metrics extends Counters {
  readonly rpc: (request: RpcRequest) => void;
  readonly http: (host: string) => void;
  /** Prometheus' text format. */
  readonly text: () => Promise<string>;
}

const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60];

/** What `/metrics` shows of this process. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'tocsin_' });
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new Counter({ name, help, labelNames, registers: [registry] });
  const seconds = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new Histogram({ name, help, labelNames, buckets: BUCKETS, registers: [registry] });

  const rpc = counter('tocsin_rpc_requests_total', 'JSON-RPC requests sent.', ['chain', 'host', 'method', 'ok']);
  const http = counter('tocsin_http_requests_total', 'HTTP requests sent to reference sources.', ['host']);
  const failed = counter('tocsin_source_failures_total', 'Runs of a source that failed.', ['batch']);
  const poll = seconds('tocsin_poll_seconds', 'Reading and storing one batch; its count is the number of polls.', [
    'batch',
  ]);
  const evaluation = seconds('tocsin_evaluation_seconds', 'Evaluating one group, commit included.', ['group']);
  const send = seconds('tocsin_send_seconds', 'From claim to acceptance.', ['receiver']);
  const told = seconds('tocsin_told_seconds', 'From transition to acceptance, judging clock.', ['receiver']);
  return {
    rpc: ({ chain, host, method, ok }) => rpc.inc({ chain, host, method, ok: String(ok) }),
    http: (host) => http.inc({ host }),
    collected: (batch, ms, failures) => {
      failed.inc({ batch }, failures);
      poll.observe({ batch }, ms / 1000);
    },
    evaluated: (group, ms) => evaluation.observe({ group }, ms / 1000),
    delivered: (receiver, ms, lagMs) => {
      send.observe({ receiver }, ms / 1000);
      told.observe({ receiver }, lagMs / 1000);
    },
    text: async () => registry.metrics(),
  };
}
