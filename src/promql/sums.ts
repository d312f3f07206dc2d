/** A running sum that keeps the rounding errors (Neumaier), in the order of `add`. */
export class Sum {
  #sum = 0;
  #lost = 0;

  add(value: number): void {
    const sum = this.#sum + value;
    if (!Number.isFinite(sum)) this.#lost = 0;
    else if (Math.abs(this.#sum) >= Math.abs(value)) this.#lost += this.#sum - sum + value;
    else this.#lost += value - sum + this.#sum;
    this.#sum = sum;
  }

  /** Forgets all and starts again from a share of what was summed. */
  scale(factor: number): void {
    this.#sum *= factor;
    this.#lost *= factor;
  }

  get value(): number {
    return this.#sum + this.#lost;
  }
}

/** A running mean: sum ÷ count, or an incremental mean from where the sum would overflow. */
export class Mean {
  readonly #sum = new Sum();
  #plain = 0;
  #count = 0;
  #incremental = false;

  add(value: number): void {
    this.#count++;
    this.#plain += value;
    if (!this.#incremental && this.#count > 1 && !Number.isFinite(this.#plain)) this.#goIncremental();
    if (!this.#incremental) {
      this.#sum.add(value);
      return;
    }
    this.#sum.scale((this.#count - 1) / this.#count);
    this.#sum.add(value / this.#count);
  }

  get value(): number {
    return this.#incremental ? this.#sum.value : this.#sum.value / this.#count;
  }

  #goIncremental(): void {
    this.#incremental = true;
    this.#sum.scale(1 / (this.#count - 1));
  }
}

/** A running population variance (Welford). */
export class Variance {
  readonly #mean = new Sum();
  readonly #squares = new Sum();
  #count = 0;

  add(value: number): void {
    this.#count++;
    const before = value - this.#mean.value;
    this.#mean.add(before / this.#count);
    this.#squares.add(before * (value - this.#mean.value));
  }

  get value(): number {
    return this.#squares.value / this.#count;
  }
}

/** The φ-quantile of the values, linear between ranks. NaN sorts first. */
export function quantile(phi: number, values: ArrayLike<number>): number {
  return quantileOfSorted(phi, Float64Array.from(values).sort());
}

/** The same of values in rising order; NaN stand at the end. */
export function quantileOfSorted(phi: number, sorted: Float64Array): number {
  if (sorted.length === 0 || Number.isNaN(phi)) return NaN;
  if (phi < 0) return -Infinity;
  if (phi > 1) return Infinity;
  const numbers = sorted.findLastIndex((value) => !Number.isNaN(value)) + 1;
  const nans = sorted.length - numbers;
  const ranked = (rank: number): number => (rank < nans ? NaN : sorted[rank - nans]!);
  const rank = phi * (sorted.length - 1);
  const low = Math.floor(rank);
  const weight = rank - low;
  return ranked(low) * (1 - weight) + ranked(Math.min(sorted.length - 1, low + 1)) * weight;
}
