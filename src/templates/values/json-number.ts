import { FunctionError } from "../errors.ts";
import { getter, type Integer, int64, type Method, ObjectValue } from "./value.ts";

/** A number out of JSON, with the digits it was written with. */
export class JsonNumber extends ObjectValue {
  readonly kind = "string";
  readonly type = "json.Number";
  readonly text: string;

  constructor(text: string) {
    super();
    this.text = text;
  }

  override stringer(): string {
    return this.text;
  }

  override method(name: string): Method | undefined {
    switch (name) {
      case "String":
        return getter(() => this.text);
      case "Int64":
        return getter(() => this.#toInt64());
      case "Float64":
        return getter(() => Number(this.text));
      default:
        return undefined;
    }
  }

  #toInt64(): Integer {
    const isWhole = /^-?\d+$/.test(this.text);
    const value = isWhole ? BigInt(this.text) : 0n;
    if (!isWhole || BigInt.asIntN(64, value) !== value)
      throw new FunctionError("the number is no 64 bit integer");
    return int64(value);
  }
}
