import type { Matcher } from '../model/labels.ts';
import { selectorsIn, type Expr, type Selector } from './ast.ts';
import { selection, type Selection } from './selection.ts';
import { once } from './once.ts';
import type { Compiled } from './value.ts';
import { ranges, type Ranges } from './windowed/ranges.ts';

/** Where an expression keeps what its key names otherwise, or what says nothing of its meaning. */
const LEFT_OUT = new Set(['args', 'inner', 'left', 'right', 'operand', 'from', 'to', 'modifiers']);

/** What the expressions of a group have in common: equal selectors and subexpressions are compiled once, and run once at an instant. */
export class Sharing {
  readonly #selections: Map<string, Selection>;
  readonly #ids: Map<Compiled, number>;
  readonly #ranges = new Map<string, Ranges>();
  readonly #compiled = new Map<string, Compiled>();
  #inside: Sharing | undefined;

  constructor(around?: Sharing) {
    this.#selections = around === undefined ? new Map() : around.#selections;
    this.#ids = around === undefined ? new Map() : around.#ids;
  }

  /** For an expression whose selectors, in their order, select something else than they say. */
  static over(expr: Expr, selections: readonly Selection[]): Sharing {
    const sharing = new Sharing();
    for (const [index, { matchers }] of selectorsIn(expr).entries())
      sharing.#selections.set(JSON.stringify(matchers), selections[index]!);
    return sharing;
  }

  /** For what is evaluated at other instants in between, as a subquery does: the two must not write over each other's results. */
  get inside(): Sharing {
    this.#inside ??= new Sharing(this);
    return this.#inside;
  }

  /** The series of a selector. */
  selectionOf({ matchers }: { readonly matchers: readonly Matcher[] } | Selector): Selection {
    const key = JSON.stringify(matchers);
    const known = this.#selections.get(key) ?? selection(matchers);
    this.#selections.set(key, known);
    return known;
  }

  /** The cursors of a range selector. */
  rangesOf(selector: Selector): Ranges {
    const key = ownText(selector);
    const known = this.#ranges.get(key) ?? ranges(selector, this.selectionOf(selector));
    this.#ranges.set(key, known);
    return known;
  }

  /** The compiled form of an expression with these parts, made unless it is known. */
  once(expr: Expr, parts: readonly Compiled[], make: () => Compiled): Compiled {
    const key = `${ownText(expr)}${parts.map((part) => this.#ids.get(part)).join()}`;
    let compiled = this.#compiled.get(key);
    if (compiled === undefined) {
      compiled = expr.kind === 'number' || expr.kind === 'text' ? make() : remembering(make());
      this.#compiled.set(key, compiled);
      this.#ids.set(compiled, this.#ids.size);
    }
    return compiled;
  }
}

/** A text of the expression without the expressions in it. */
export function ownText(expr: Expr): string {
  return JSON.stringify(expr, (key, value: unknown) => {
    if (LEFT_OUT.has(key)) return undefined;
    return typeof value === 'number' && !(Number.isFinite(value) && value !== 0) ? shownNumber(value) : value;
  });
}

/** JSON knows neither NaN nor infinities nor the sign of zero. */
function shownNumber(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

function remembering(compiled: Compiled): Compiled {
  return { ...compiled, run: once(compiled.run as () => unknown) } as Compiled;
}
