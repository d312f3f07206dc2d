import { groupBy } from '../model/group.ts';
import { labelsKey, NAME } from '../model/labels.ts';
import type { DeclaredSeries } from '../model/sample.ts';
import { children, type Aggregate, type Expr, type Selector } from '../promql/ast.ts';
import type { Check } from './finding.ts';
import { keep, type Inputs } from './inputs.ts';

/** A vote in which one voice is counted twice: it looks like a majority, and is one opinion. */
export const sharedUpstream: Check = {
  id: 'shared-upstream',
  severity: 'warning',
  run: ({ alerts, records, inputs }) =>
    [...records, ...alerts].flatMap(({ rule, plan }) =>
      votesIn(plan.expr).flatMap((vote) => {
        const twice = selectorsOf(vote).flatMap((selector) => counted(vote, selector, inputs) ?? [])[0];
        if (twice === undefined) return [];
        const message = `"${vote.op}" counts ${twice.upstream} more than once${twice.whose}: ${twice.members.join(', ')} are one voice. Aggregate by upstream first, as in max by (asset, upstream) (…), or select one of them.`;
        return [{ at: { rule }, path: ['expr'], span: [vote.from, vote.to] as const, message }];
      }),
    ),
};

const VOTES = new Set(['count', 'quantile', 'group', 'count_values']);

function votesIn(expr: Expr): readonly Aggregate[] {
  const below = children(expr).flatMap(votesIn);
  return expr.kind === 'aggregate' && VOTES.has(expr.op) ? [expr, ...below] : below;
}

/** The selectors a vote counts one by one; behind an aggregation that keeps upstreams apart each upstream is one already. */
function selectorsOf(expr: Expr, isRoot = true): readonly Selector[] {
  if (expr.kind === 'selector') return [expr];
  if (expr.kind === 'aggregate' && !isRoot) return [];
  return children(expr).flatMap((child) => selectorsOf(child, false));
}

interface Twice {
  readonly upstream: string;
  readonly members: readonly string[];
  readonly whose: string;
}

function counted({ grouping }: Aggregate, { matchers }: Selector, inputs: Inputs): Twice | undefined {
  const named = new Set(grouping?.labels);
  const shares = (name: string) => (grouping?.without === true ? !named.has(name) : named.has(name));
  const sameThing = (series: DeclaredSeries) =>
    labelsKey({ ...keep(series.labels, shares), asset: series.labels['asset'] ?? '', [NAME]: series.metric });
  for (const members of groupBy(inputs.declared(matchers), sameThing).values()) {
    for (const [upstream, same] of groupBy(members, upstreamOf)) {
      if (same.length < 2 || !isOpinion(same[0]!)) continue;
      const asset = same[0]!.labels['asset'];
      return {
        upstream: `"${upstream}"`,
        members: same.map((series) => nameOf(series, same)),
        whose: asset === undefined ? '' : ` for ${asset}`,
      };
    }
  }
  return undefined;
}

/** A measure of which several sources can say something different. */
function isOpinion({ metric }: DeclaredSeries): boolean {
  return !metric.startsWith('tocsin_') && metric !== 'asset_info' && !metric.endsWith('_bool');
}

/** Whoever ultimately says it; what reads a chain is its own witness. */
function upstreamOf({ labels, source }: DeclaredSeries): string {
  return labels['upstream'] ?? source;
}

/** The source, and which of its prices when it has several among them. */
function nameOf({ source, labels }: DeclaredSeries, among: readonly DeclaredSeries[]): string {
  const isAlone = among.filter((other) => other.source === source).length === 1;
  return isAlone || labels['method'] === undefined ? source : `${source} (${labels['method']})`;
}
