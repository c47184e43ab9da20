import { FunctionError } from "../errors.ts";
import { define, type FunctionSpec, type Library, library } from "../functions/function-spec.ts";
import { sortedEntries } from "./sort-keys.ts";
import { ANY, ANY_MAP, anyList, anyMap, MapValue, nilList, ObjectValue, type Value } from "./value.ts";

/** The store that `scratch` gives a template for the time of one rendering. */
export class Scratch extends ObjectValue {
  readonly kind = "ptr";
  readonly type = "*template.Scratch";
  readonly #values = new Map<string, Value>();
  readonly #methods: Library = library({
    Key: define(["string"], (args) => this.#values.has(args.string(0))),
    Get: define(["string"], (args) => this.#values.get(args.string(0)) ?? null),
    Set: define(["string", ANY], (args) => {
      this.#values.set(args.string(0), args.any(1));
      return "";
    }),
    SetX: define(["string", ANY], (args) => {
      if (!this.#values.has(args.string(0))) this.#values.set(args.string(0), args.any(1));
      return "";
    }),
    MapSet: define(["string", "string", ANY], (args) =>
      this.#mapSet(args.string(0), args.string(1), args.any(2), true),
    ),
    MapSetX: define(["string", "string", ANY], (args) =>
      this.#mapSet(args.string(0), args.string(1), args.any(2), false),
    ),
    MapValues: define(["string"], (args) => this.#mapValues(args.string(0))),
  });

  override method(name: string): FunctionSpec | undefined {
    return this.#methods.get(name);
  }

  #mapSet(name: string, key: string, value: Value, overwrite: boolean): Value {
    if (!this.#values.has(name)) this.#values.set(name, anyMap());
    const map = this.#values.get(name);
    if (!(map instanceof MapValue) || map.type !== ANY_MAP) {
      throw new FunctionError("the scratch holds something that is not a map under this name");
    }
    if (overwrite || !map.has(key)) map.set(key, value);
    return "";
  }

  #mapValues(name: string): Value {
    const map = this.#values.get(name);
    if (!(map instanceof MapValue) || map.type !== ANY_MAP) return nilList(ANY);
    return anyList(sortedEntries(map).map(([, value]) => value));
  }
}
