import type { Complain } from './ruleFile.ts';
import type { Path, YamlFile } from './yamlFile.ts';

interface Same {
  readonly key?: string;
  readonly mayRepeat?: boolean;
}

/** Complains of every name that was there before, and says where. */
export class Unique {
  readonly #what: string;
  readonly #complain: Complain;
  readonly #seen = new Map<string, { readonly at: string; readonly mayRepeat: boolean }>();

  constructor(what: string, complain: Complain) {
    this.#what = what;
    this.#complain = complain;
  }

  /** `key`: what must be unique, when the shown `name` is not all of it. Two that may repeat are no complaint. */
  add(name: string, yaml: YamlFile, path: Path, { key = name, mayRepeat = false }: Same = {}): void {
    const first = this.#seen.get(key);
    const { file, line } = yaml.position(path);
    if (first === undefined) this.#seen.set(key, { at: `${file}:${line}`, mayRepeat });
    else if (!(mayRepeat && first.mayRepeat)) {
      this.#complain(yaml.errorAtKey(path, `duplicate ${this.#what} "${name}"; the first is at ${first.at}`));
    }
  }
}
