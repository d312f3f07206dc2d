import type { Asset } from '../model/rule.ts';
import type { CompiledAlert, CompiledRecord } from '../rules/compile.ts';
import { children, isComparison, isSetOperator, type Binary, type Expr } from '../promql/ast.ts';
import type { Check, Problem } from './finding.ts';
import { metricOf, type Inputs } from './inputs.ts';
import type { World } from './world.ts';

/** The price of something that is not worth 1.00 USD, held against 1.00 USD: blind to the collapse it is there for. */
export const shareVsPar: Check = {
  id: 'share-vs-par',
  severity: 'warning',
  run: (world) => [...world.records, ...world.alerts].flatMap((compiled) => problemsOf(compiled, world)),
};

const PRICES = new Set(['price_usd', 'price_low_usd', 'oracle_price_usd']);
const SHARES = new Set(['vault-share', 'yield-stable']);
const isNearPar = (value: number) => value >= 0.9 && value <= 1.1;

function problemsOf(compiled: CompiledAlert | CompiledRecord, world: World): readonly Problem[] {
  const { rule, plan } = compiled;
  const names = sharesOf(compiled, world).map(({ id }) => id);
  if (names.length === 0) return [];
  const say = (what: string) =>
    `${what} holds the price of ${names.slice(0, 3).join(', ')} against 1.00 USD, but ${names.length === 1 ? 'it is' : 'they are'} worth something else. Compare with nav_per_share_usd instead.`;
  const pairs = binariesIn(plan.expr)
    .filter(isParComparison)
    .map(({ op, from, to }) => ({
      at: { rule },
      path: ['expr'],
      span: [from, to] as const,
      message: say(`"${op}"`),
    }));
  if ('record' in rule || !isPrice(plan.expr)) return pairs;
  const levels = rule.levels.flatMap(({ name, above, below, written }) => {
    const side = above === undefined ? 'below' : 'above';
    if (!isNearPar(above ?? below!)) return [];
    return [{ at: { rule }, path: ['levels', name, side], message: say(`"${side} ${written}"`) }];
  });
  return [...pairs, ...levels];
}

/** Assets worth their NAV, or another currency, that pass every selector of the expression. */
function sharesOf({ plan }: CompiledAlert | CompiledRecord, { rules, inputs }: World): readonly Asset[] {
  const required = plan.leaves.filter(({ optional }) => !optional);
  const joined = required.filter(({ shares }) => shares('asset'));
  const isMeant = (id: string) => joined.every(({ matchers }) => takes(matchers, id, inputs));
  const prices = required.flatMap(({ matchers }) => (PRICES.has(metricOf(matchers) ?? '') ? [matchers] : []));
  const priced = new Set(
    prices.flatMap((matchers) => inputs.declared(matchers).flatMap(({ labels }) => labels['asset'] ?? [])),
  );
  return [...priced].filter(isMeant).flatMap((id) => {
    const asset = rules.assets[id];
    return asset !== undefined && !isWorthOne(asset) ? [asset] : [];
  });
}

function isWorthOne({ peg, class: kind = '' }: Asset): boolean {
  return peg === undefined ? !SHARES.has(kind) : peg === 'usd';
}

/** A selector whose series do not name assets takes them all. */
function takes(matchers: Parameters<Inputs['declared']>[0], id: string, inputs: Inputs): boolean {
  const labels = inputs.labelsOf(matchers);
  return labels.length === 0 || labels.some(({ asset }) => asset === undefined || asset === id);
}

function binariesIn(expr: Expr): readonly Binary[] {
  const below = children(expr).flatMap(binariesIn);
  return expr.kind === 'binary' ? [expr, ...below] : below;
}

/** `price < 0.98`, `price - 1`, `price / 1.00`, either way round. */
function isParComparison({ op, left, right }: Binary): boolean {
  const [price, number] = left.kind === 'number' ? [right, left] : [left, right];
  if (number.kind !== 'number' || isSetOperator(op) || !isPrice(price)) return false;
  if (isComparison(op)) return isNearPar(number.value);
  return (op === '-' || op === '/') && number.value === 1;
}

/** A price itself, or one picked or averaged from several. */
function isPrice(expr: Expr): boolean {
  if (expr.kind === 'selector') return PRICES.has(metricOf(expr.matchers) ?? '');
  if (expr.kind === 'aggregate') return PICKS.test(expr.op) && expr.args.some(isPrice);
  return expr.kind === 'call' && PICKS.test(expr.name) && expr.args.some(isPrice);
}

const PICKS = /^(?:(?:avg|min|max|quantile|last)(?:_over_time)?|topk|bottomk|abs|round)$/;
