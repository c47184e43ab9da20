import { FunctionError } from "../errors.ts";
import { sortedEntries } from "./sort-keys.ts";
import {
  ANY,
  ANY_MAP,
  anyList,
  anyMap,
  type GoType,
  MapValue,
  type Method,
  nilList,
  ObjectValue,
  type Value,
} from "./value.ts";

/** The store that `scratch` gives a template for the time of one rendering. */
export class Scratch extends ObjectValue {
  readonly kind = "ptr";
  readonly type = "*template.Scratch";
  readonly #values = new Map<string, Value>();
  readonly #methods: Readonly<Record<string, Method>> = {
    Key: this.#method([], (name) => this.#values.has(name)),
    Get: this.#method([], (name) => this.#values.get(name) ?? null),
    Set: this.#method([ANY], (name, value) => {
      this.#values.set(name, value);
      return "";
    }),
    SetX: this.#method([ANY], (name, value) => {
      if (!this.#values.has(name)) this.#values.set(name, value);
      return "";
    }),
    MapSet: this.#method(["string", ANY], (name, key, value) => this.#mapSet(name, key, value, true)),
    MapSetX: this.#method(["string", ANY], (name, key, value) => this.#mapSet(name, key, value, false)),
    MapValues: this.#method([], (name) => this.#mapValues(name)),
  };

  override method(name: string): Method | undefined {
    return Object.hasOwn(this.#methods, name) ? this.#methods[name] : undefined;
  }

  /** Every method takes a name first. */
  #method(more: readonly GoType[], call: (name: string, ...values: Value[]) => Value): Method {
    return { parameters: ["string", ...more], call: ([name, ...values]) => call(String(name), ...values) };
  }

  #mapSet(name: string, key: Value, value: Value, overwrite: boolean): Value {
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
