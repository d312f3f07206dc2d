/** Keeps something for each member of a list for as long as the list stays the same, and for members that come again. */
export class Aligned<Member extends object, Kept> {
  readonly #make: (member: Member) => Kept;
  readonly #known = new WeakMap<Member, Kept>();
  #list: readonly Member[] | undefined;
  #kept: readonly Kept[] = [];

  constructor(make: (member: Member) => Kept) {
    this.#make = make;
  }

  /** What is kept, in the order of the list. */
  of(list: readonly Member[]): readonly Kept[] {
    if (list === this.#list) return this.#kept;
    this.#kept = list.map((member) => this.#of(member));
    this.#list = list;
    return this.#kept;
  }

  #of(member: Member): Kept {
    const known = this.#known.get(member) ?? this.#make(member);
    this.#known.set(member, known);
    return known;
  }
}
