import { labelsKey, NAME, type Labels, type Matcher } from '../model/labels.ts';
import type { SeriesView, SeriesWindow } from '../model/series.ts';
import type { Followed, OwnSample, StoredSeries } from '../model/stored.ts';
import { compileMatchers, keyOf } from '../promql/index.ts';
import { frozen, PRICE, type Frozen } from './frozen.ts';
import { LatestSamples } from './latest.ts';
import { needOf, type Needs } from './needs.ts';
import { Rasters } from './rasters.ts';
import { Window } from './window.ts';

/** How many moving peers make a still price count as stale. */
const PEERS_FOR_STALE = 2;

/** The samples that rules may look at, in memory. Whatever arrives may arrive again. */
export class Windows implements SeriesView {
  generation = 0;
  revision = 0;
  /** Moves when a price freezes or thaws. */
  freezes = 0;
  readonly latest = new LatestSamples();
  #needs: Needs;
  readonly #byKey = new Map<string, Window>();
  readonly #byId = new Map<number, Window>();
  /** By one label and its value. */
  readonly #byLabel = new Map<string, Set<Window>>();
  readonly #selected = new WeakMap<readonly Matcher[], { generation: number; series: readonly Window[] }>();
  readonly #rasters = new Rasters();
  #made = 0;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  /** Takes over what the store has committed, and takes back what it has taken back. */
  apply({
    series,
    samples,
    undone = [],
  }: Pick<Followed, 'series' | 'samples'> & Partial<Pick<Followed, 'undone'>>): void {
    this.revision++;
    for (const stored of series) this.#applySeries(stored);
    for (const { seriesId, at } of undone) this.#take(seriesId, at);
    for (const { seriesId, at, value } of samples) {
      const window = this.#byId.get(seriesId);
      if (window !== undefined) this.#put(window, at, value);
    }
  }

  /** Puts a sample that a rule made and that the store will bring again later, with an id. False when exactly it is there. */
  put({ labels, maxAge, at, value }: OwnSample): boolean {
    this.revision++;
    if (needOf(this.#needs, labels[NAME] ?? '') === undefined) return true;
    const window = this.#byKey.get(keyOf(labels)) ?? this.#add(--this.#made, labels, maxAge);
    const ages = window.maxAge !== maxAge;
    window.age(maxAge);
    if (ages) this.latest.note(window);
    return this.#put(window, at, value) || ages;
  }

  /** Adds a whole history of which nothing is known yet: `reveal` moves its end on. Histories may share their times. */
  adopt({ labels, maxAge, times, values }: Adopted): Window {
    const window = this.#add(--this.#made, labels, maxAge);
    window.hold(times, values);
    return window;
  }

  /** Makes the first `to` samples of an adopted history known. */
  reveal(window: Window, to: number): void {
    this.revision++;
    window.reveal(to);
    this.latest.note(window);
  }

  /** Says that a series is gone from `at` (unix ms) until its next sample. */
  end(labels: Labels, at: number): void {
    const window = this.#byKey.get(labelsKey(labels));
    if (window === undefined) return;
    window.goneAt.push(at);
    this.latest.note(window);
  }

  /** What these needs ask for beyond what is held: metrics that are not, or not for as long. */
  missing(needs: Needs): Needs {
    return new Map([...needs].filter(([metric, ms]) => (needOf(this.#needs, metric) ?? -1) < ms));
  }

  /** Takes over the whole past of metrics that were missing, as it was read into windows of its own. */
  cover(missing: Needs, past: Windows): void {
    this.#removeAll((metric) => needOf(missing, metric) !== undefined);
    this.#needs = new Map([...this.#needs, ...missing]);
    this.#rasters.join(past.#rasters);
    for (const window of past.#byKey.values()) {
      window.slot = this.latest.take();
      this.#enter(window);
      this.#byId.set(window.id, window);
    }
    this.revision++;
  }

  /** Forgets the metrics that these needs do not ask for. */
  narrow(needs: Needs): void {
    this.#needs = needs;
    this.#removeAll((metric) => needOf(needs, metric) === undefined);
  }

  /** Forgets samples that no rule can look back to from `now` (unix ms) on. */
  prune(now: number): void {
    this.revision++;
    this.#rasters.prune(now);
  }

  /** Finds the prices that stand still while peers move; those with two moving peers or more count as stale from here on. */
  judgeFrozen(now: number): readonly Frozen[] {
    this.revision++;
    const prices = [...this.#having(NAME, PRICE)];
    const found = byAsset(prices).flatMap((peers) => frozen(peers, now));
    const since = new Map(
      found.map((one) => [one.series, one.movingPeers.length < PEERS_FOR_STALE ? undefined : one.since]),
    );
    for (const price of prices) {
      if (price.frozenSince === since.get(price)) continue;
      price.frozenSince = since.get(price);
      this.freezes++;
      this.latest.note(price);
    }
    return found;
  }

  select(matchers: readonly Matcher[]): readonly SeriesWindow[] {
    const known = this.#selected.get(matchers);
    if (known?.generation === this.generation) return known.series;
    const matches = compileMatchers(matchers);
    const series = [...this.#candidates(matchers)].filter(({ labels }) => matches(labels));
    this.#selected.set(matchers, { generation: this.generation, series });
    return series;
  }

  /** The fewest that one matcher leaves over. */
  #candidates(matchers: readonly Matcher[]): Iterable<Window> {
    let fewest: ReadonlySet<Window> | undefined;
    for (const { name, op, value } of matchers) {
      if (op !== '=' || value === '') continue;
      const having = this.#having(name, value);
      if (fewest === undefined || having.size < fewest.size) fewest = having;
    }
    return fewest ?? this.#byKey.values();
  }

  #having(name: string, value: string): ReadonlySet<Window> {
    return this.#byLabel.get(pairKey(name, value)) ?? NONE;
  }

  #put(window: Window, at: number, value: number): boolean {
    if (window.raster?.append(window.row, at, value)) this.latest.move(window.slot, at, value);
    else if (this.#rasters.insert(window, at, value)) this.latest.note(window);
    else return false;
    return true;
  }

  #take(seriesId: number, at: number): void {
    const window = this.#byId.get(seriesId);
    if (window !== undefined && this.#rasters.take(window, at)) this.latest.note(window);
  }

  #applySeries({ id, labels, maxAge, endedAt }: StoredSeries): void {
    if (needOf(this.#needs, labels[NAME] ?? '') === undefined) return;
    const known = this.#byKey.get(labelsKey(labels));
    if (endedAt !== undefined) {
      if (known !== undefined) this.#remove(known);
      return;
    }
    const window = known ?? this.#add(id, labels, maxAge);
    this.#byId.delete(window.id);
    window.id = id;
    window.age(maxAge);
    this.latest.note(window);
    this.#byId.set(id, window);
  }

  #add(id: number, labels: Labels, maxAge: number): Window {
    const reach = needOf(this.#needs, labels[NAME] ?? '') ?? 0;
    const window = new Window({ id, labels, maxAge, reach, slot: this.latest.take() });
    this.#enter(window);
    return window;
  }

  #enter(window: Window): void {
    this.latest.note(window);
    this.#byKey.set(labelsKey(window.labels), window);
    for (const [name, value] of Object.entries(window.labels)) {
      const key = pairKey(name, value);
      this.#byLabel.set(key, (this.#byLabel.get(key) ?? new Set()).add(window));
    }
    this.generation++;
  }

  #removeAll(isOut: (metric: string) => boolean): void {
    for (const window of [...this.#byKey.values()]) if (isOut(window.labels[NAME] ?? '')) this.#remove(window);
  }

  #remove(window: Window): void {
    this.#rasters.remove(window);
    this.latest.release(window.slot);
    this.#byKey.delete(labelsKey(window.labels));
    this.#byId.delete(window.id);
    for (const [name, value] of Object.entries(window.labels)) {
      const key = pairKey(name, value);
      const having = this.#byLabel.get(key);
      if (having?.delete(window) && having.size === 0) this.#byLabel.delete(key);
    }
    this.generation++;
  }
}

/** A history as it is, of which nothing is known yet. */
type Adopted = Pick<Window, 'labels' | 'maxAge'> & Readonly<Record<'times' | 'values', Float64Array>>;

const NONE: ReadonlySet<Window> = new Set();

function pairKey(name: string, value: string): string {
  return [name, value].join('\u0001');
}

function byAsset(prices: readonly Window[]): Window[][] {
  const groups = new Map<string, Window[]>();
  for (const price of prices) {
    const asset = price.labels['asset'] ?? '';
    const group = groups.get(asset);
    if (group === undefined) groups.set(asset, [price]);
    else group.push(price);
  }
  return [...groups.values()];
}
