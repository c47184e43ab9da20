/**
 * A value as Go's templates see it. JavaScript's own types stand for Go's commonest:
 * `string` (bytes, see bytes.ts), `boolean`, `number` (`float64`), `bigint` (`int`), `null` (a nil
 * `interface {}`), `undefined` (no value at all: Go's invalid `reflect.Value`).
 */
export type Value = undefined | null | boolean | string | number | bigint | ObjectValue;

/** Go's name of a type, e.g. `map[string]interface {}`. */
export type GoType = string;

export type Kind =
  | "invalid"
  | "interface"
  | "bool"
  | "string"
  | "int"
  | "int32"
  | "int64"
  | "uint"
  | "uint8"
  | "uint32"
  | "uint64"
  | "float64"
  | "complex128"
  | "slice"
  | "map"
  | "struct"
  | "ptr"
  | "chan"
  | "func";

export const ANY: GoType = "interface {}";
export const ANY_MAP: GoType = "map[string]interface {}";
export const ANY_LIST: GoType = "[]interface {}";

/** One method of a value. */
export interface Method {
  /** The parameters' types. */
  readonly parameters: readonly GoType[];
  /** Takes as many values as there are parameters, of their types. @throws FunctionError */
  readonly call: (values: readonly Value[]) => Value;
}

/** A method without parameters. */
export const getter = (get: () => Value): Method => ({ parameters: [], call: get });

/** Every value that JavaScript has no type of its own for. */
export abstract class ObjectValue {
  abstract readonly type: GoType;
  abstract readonly kind: Kind;

  /** The method of that name, if the type has it. */
  method(_name: string): Method | undefined {
    return undefined;
  }

  /** What the type's `String` method returns; undefined: it has none. */
  stringer(): string | undefined {
    return undefined;
  }

  /** How JSON, YAML and TOML write it, where that is not what `stringer` returns. */
  encoded(): string | undefined {
    return undefined;
  }
}

/** An integer of another type than `int`, within that type's range. */
export class Integer extends ObjectValue {
  readonly kind: Kind;
  readonly type: GoType;
  readonly value: bigint;

  /** `kind` differs from the type for named types, e.g. `time.Month`. */
  constructor(type: GoType, value: bigint, kind: Kind = type as Kind) {
    super();
    this.type = type;
    this.kind = kind;
    this.value = value;
  }
}

/** Wraps as Go's `int64` arithmetic does. */
export const int64 = (value: bigint): Integer => new Integer("int64", BigInt.asIntN(64, value));
/** Wraps as Go's `uint64` arithmetic does. */
export const uint64 = (value: bigint): Integer => new Integer("uint64", BigInt.asUintN(64, value));
/** A Go `int` from a JavaScript count. */
export const int = (value: number): bigint => BigInt(value);

export class Complex extends ObjectValue {
  readonly type = "complex128";
  readonly kind = "complex128";
  readonly real: number;
  readonly imaginary: number;

  constructor(real: number, imaginary: number) {
    super();
    this.real = real;
    this.imaginary = imaginary;
  }
}

/** A slice; `null` items stand for nil interfaces. */
export class List extends ObjectValue {
  readonly kind = "slice";
  readonly elementType: GoType;
  readonly items: readonly Value[];
  /** Go's nil slice: empty, but JSON shows it as `null`. */
  readonly isNil: boolean;
  /** Room that Go has allocated for items; dumps show it. */
  readonly capacity: number;

  constructor(elementType: GoType, items: readonly Value[], isNil = false, capacity = items.length) {
    super();
    this.elementType = elementType;
    this.items = items;
    this.isNil = isNil;
    this.capacity = capacity;
  }

  get type(): GoType {
    return `[]${this.elementType}`;
  }
}

/** The room of a slice that Go filled item by item: it doubles while it is small. */
export function appendedCapacity(length: number): number {
  return length <= 1 ? length : 2 ** Math.ceil(Math.log2(length));
}

export const anyList = (items: readonly Value[]): List => new List(ANY, items);
export const stringList = (items: readonly string[]): List => new List("string", items);
export const nilList = (elementType: GoType): List => new List(elementType, [], true);

/** A key's identity: two keys are one entry when type and value are the same. */
function identityOf(key: Value): string {
  if (typeof key === "string") return `s${key}`;
  if (typeof key === "object" && key !== null) {
    if (key instanceof Integer) return `${key.type} ${key.value}`;
    return `${key.type} ${key.stringer() ?? ""}`;
  }
  return `${typeof key} ${key}`;
}

/** A map; it can be written to, as Go's can. */
export class MapValue extends ObjectValue {
  readonly kind = "map";
  readonly keyType: GoType;
  readonly elementType: GoType;
  readonly isNil: boolean;
  readonly #entries = new Map<string, readonly [key: Value, value: Value]>();

  constructor(
    keyType: GoType,
    elementType: GoType,
    entries: Iterable<readonly [Value, Value]> = [],
    isNil = false,
  ) {
    super();
    this.keyType = keyType;
    this.elementType = elementType;
    this.isNil = isNil;
    for (const [key, value] of entries) this.set(key, value);
  }

  get type(): GoType {
    return `map[${this.keyType}]${this.elementType}`;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The entry of a key, or undefined: a present entry can be nil (`null`), never undefined. */
  get(key: Value): Value {
    return this.#entries.get(identityOf(key))?.[1];
  }

  has(key: Value): boolean {
    return this.#entries.has(identityOf(key));
  }

  set(key: Value, value: Value): void {
    this.#entries.set(identityOf(key), [key, value === undefined ? null : value]);
  }

  delete(key: Value): void {
    this.#entries.delete(identityOf(key));
  }

  /** In no particular order. */
  entries(): Iterable<readonly [key: Value, value: Value]> {
    return this.#entries.values();
  }
}

/** `map[string]interface {}`, the type of every JSON object. */
export const anyMap = (entries: Iterable<readonly [string, Value]> = []): MapValue =>
  new MapValue("string", ANY, entries);

/** A struct, or a pointer to one (`pointer`). Fields in their declared order. */
export class Struct extends ObjectValue {
  readonly kind: Kind;
  readonly type: GoType;
  readonly fields: ReadonlyMap<string, Value>;

  constructor(structType: GoType, fields: ReadonlyMap<string, Value>, pointer: boolean) {
    super();
    this.kind = pointer ? "ptr" : "struct";
    this.type = pointer ? `*${structType}` : structType;
    this.fields = fields;
  }

  /** The type's name without the star. */
  get structType(): GoType {
    return this.type.replace(/^\*/, "");
  }
}

/** A nil pointer of a type, e.g. `*dependency.SecretAuth`. */
export class NilPointer extends ObjectValue {
  readonly kind = "ptr";
  readonly type: GoType;

  constructor(type: GoType) {
    super();
    this.type = type;
  }
}

/** A channel of the integers `next` to `stop - 1`, which empties as it is read. */
export class IntegerChannel extends ObjectValue {
  readonly kind = "chan";
  readonly type = "<-chan int64";
  readonly #stop: bigint;
  #next: bigint;

  constructor(start: bigint, stop: bigint) {
    super();
    this.#next = start;
    this.#stop = stop;
  }

  receive(): Integer | undefined {
    if (this.#next >= this.#stop) return undefined;
    return int64(this.#next++);
  }
}
