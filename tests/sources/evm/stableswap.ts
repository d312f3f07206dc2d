/** The published arithmetic of Curve's and Balancer's stable pools, by which a replay answers trades that nobody recorded. */

const WAD = 10n ** 18n;
const FEE_UNIT = 10n ** 10n;

interface Swap {
  readonly from: number;
  readonly to: number;
  readonly paid: bigint;
}

export interface CurvePool {
  readonly balances: readonly bigint[];
  readonly rates: readonly bigint[];
  readonly amplification: bigint;
  readonly fee: bigint;
  readonly offpegFeeMultiplier: bigint;
}

/** `get_dy` of StableSwap and StableSwap-NG. */
export function curveQuote(pool: CurvePool, { from, to, paid }: Swap): bigint {
  const held = pool.balances.map((balance, place) => (balance * pool.rates[place]!) / WAD);
  const curve = { amplification: pool.amplification, precision: 100n };
  const after = held[from]! + (paid * pool.rates[from]!) / WAD;
  const left = leftOf(curve, invariantOf(curve, held), { held: held.with(from, after), to });
  const got = held[to]! - left - 1n;
  const fee = dynamicFee(pool, (held[from]! + after) / 2n, (held[to]! + left) / 2n);
  return ((got - (fee * got) / FEE_UNIT) * WAD) / pool.rates[to]!;
}

function dynamicFee({ fee, offpegFeeMultiplier: multiplier }: CurvePool, a: bigint, b: bigint): bigint {
  if (multiplier <= FEE_UNIT) return fee;
  return (multiplier * fee) / (((multiplier - FEE_UNIT) * 4n * a * b) / (a + b) ** 2n + FEE_UNIT);
}

export interface SurgePool {
  /** Scaled to 18 decimals, rates applied. */
  readonly live: readonly bigint[];
  readonly rates: readonly bigint[];
  readonly amplification: bigint;
  readonly swapFee: bigint;
  readonly surgeThreshold: bigint;
  readonly maxSurgeFee: bigint;
}

/** An exact-in swap of a Balancer v3 stable pool of two tokens of 18 decimals, with the StableSurge hook. */
export function surgeQuote(pool: SurgePool, { from, to, paid }: Swap): bigint {
  const given = (paid * pool.rates[from]!) / WAD;
  const fee = surgeFee(pool, { from, to, paid: given });
  const got = balancerOut(pool, { from, to, paid: given - up(given * fee, WAD) });
  const rate = pool.rates[to]!;
  return (got * WAD) / (rate % WAD === 0n ? rate : rate + 1n);
}

function balancerOut({ live, amplification }: SurgePool, { from, to, paid }: Swap): bigint {
  const curve = { amplification, precision: 1000n };
  const held = live.with(from, live[from]! + paid);
  return live[to]! - leftOf(curve, invariantOf(curve, live), { held, to, roundUp: true }) - 1n;
}

function surgeFee(pool: SurgePool, swap: Swap): bigint {
  const { live, swapFee, surgeThreshold, maxSurgeFee } = pool;
  const { from, to, paid } = swap;
  const after = live.with(from, live[from]! + paid).with(to, live[to]! - balancerOut(pool, swap));
  const [before, now] = [imbalanceOf(live), imbalanceOf(after)];
  if (now <= before || now <= surgeThreshold) return swapFee;
  const over = ((now - surgeThreshold) * WAD) / (WAD - surgeThreshold);
  return swapFee + ((maxSurgeFee - swapFee) * over) / WAD;
}

/** Of two tokens: how far each is from their middle, of all. */
function imbalanceOf([a = 0n, b = 0n]: readonly bigint[]): bigint {
  const middle = (a + b) / 2n;
  const far = (held: bigint) => (held > middle ? held - middle : middle - held);
  return ((far(a) + far(b)) * WAD) / (a + b);
}

interface Curve {
  readonly amplification: bigint;
  readonly precision: bigint;
}

function invariantOf({ amplification, precision }: Curve, held: readonly bigint[]): bigint {
  const n = BigInt(held.length);
  const sum = held.reduce((total, each) => total + each, 0n);
  const ann = amplification * n;
  return settled(sum, (d) => {
    const product = held.reduce((p, each) => (p * d) / (each * n), d);
    const [above, below] = [(ann * sum) / precision + product * n, ((ann - precision) * d) / precision];
    return (above * d) / (below + (n + 1n) * product);
  });
}

/** What the pool keeps of token `to` once it holds `held` of the others. */
function leftOf(
  { amplification, precision }: Curve,
  d: bigint,
  { held, to, roundUp = false }: { readonly held: readonly bigint[]; readonly to: number; readonly roundUp?: boolean },
): bigint {
  const n = BigInt(held.length);
  const ann = amplification * n;
  const others = held.filter((_, place) => place !== to);
  const sum = others.reduce((total, each) => total + each, 0n);
  const c = (others.reduce((p, each) => (p * d) / (each * n), d) * d * precision) / (ann * n);
  const b = sum + (d * precision) / ann;
  const divide = roundUp ? up : (above: bigint, below: bigint) => above / below;
  return settled(d, (y) => divide(y * y + c, 2n * y + b - d));
}

function settled(start: bigint, step: (value: bigint) => bigint): bigint {
  for (let value = start, round = 0; round < 255; round += 1) {
    const next = step(value);
    if (next - value <= 1n && value - next <= 1n) return next;
    value = next;
  }
  throw new Error('The invariant does not settle.');
}

const up = (above: bigint, below: bigint) => (above + below - 1n) / below;
