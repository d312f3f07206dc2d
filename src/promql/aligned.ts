/** Keeps something for each member of a list for as long as it is in the list. */
export class Aligned<Member extends object, Kept> {
  readonly #make: (member: Member) => Kept;
  #list: readonly Member[] | undefined;
  #kept: readonly Kept[] = [];

  constructor(make: (member: Member) => Kept) {
    this.#make = make;
  }

  /** What is kept, in the order of the list. */
  of(list: readonly Member[]): readonly Kept[] {
    if (list === this.#list) return this.#kept;
    const known = new Map(this.#list?.map((member, place) => [member, this.#kept[place]!]));
    this.#kept = list.map((member) => known.get(member) ?? this.#make(member));
    this.#list = list;
    return this.#kept;
  }
}
