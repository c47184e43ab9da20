import { JsonNumber } from "./json-number.ts";
import {
  ANY,
  Complex,
  type GoType,
  Integer,
  type Kind,
  List,
  MapValue,
  NilPointer,
  nilList,
  ObjectValue,
  type Value,
} from "./value.ts";

const KIND_OF_TYPE: Readonly<Record<string, Kind>> = {
  "interface {}": "interface",
  bool: "bool",
  string: "string",
  int: "int",
  int64: "int64",
  uint: "uint",
  uint8: "uint8",
  uint32: "uint32",
  uint64: "uint64",
  float64: "float64",
  complex128: "complex128",
  "json.Number": "string",
};

/** The kind of a value; nil interfaces are `interface`, no value is `invalid`. */
export function kindOf(value: Value): Kind {
  switch (typeof value) {
    case "string":
      return "string";
    case "boolean":
      return "bool";
    case "number":
      return "float64";
    case "bigint":
      return "int";
    case "undefined":
      return "invalid";
    default:
      return value === null ? "interface" : value.kind;
  }
}

/** Go's name of a value's type. */
export function typeOf(value: Value): GoType {
  if (value instanceof ObjectValue) return value.type;
  if (value === null || value === undefined) return ANY;
  return kindOf(value);
}

/** The kind of all values of a type. */
export function kindOfType(type: GoType): Kind {
  const known = KIND_OF_TYPE[type];
  if (known) return known;
  if (type.startsWith("[]")) return "slice";
  if (type.startsWith("map[")) return "map";
  if (type.startsWith("*")) return "ptr";
  return "struct";
}

/** What a variable of a type holds before anything is assigned to it. */
export function zeroOf(type: GoType): Value {
  switch (kindOfType(type)) {
    case "bool":
      return false;
    case "string":
      return type === "string" ? "" : new JsonNumber("");
    case "int":
      return 0n;
    case "int64":
    case "uint64":
    case "uint8":
      return new Integer(type as "int64", 0n);
    case "float64":
      return 0;
    case "slice":
      return nilList(type.slice(2));
    case "map": {
      const [keyType, elementType] = mapTypes(type);
      return new MapValue(keyType, elementType, [], true);
    }
    case "ptr":
      return new NilPointer(type);
    default:
      return null;
  }
}

/** The key's and the element's type of a map type. */
export function mapTypes(type: GoType): readonly [GoType, GoType] {
  const close = type.indexOf("]");
  return [type.slice("map[".length, close), type.slice(close + 1)];
}

export type IntegerLike = bigint | Integer;

export function isIntegerValue(value: Value): value is IntegerLike {
  return typeof value === "bigint" || value instanceof Integer;
}

/** The number an integer of any type is. */
export function integerOf(value: IntegerLike): bigint {
  return typeof value === "bigint" ? value : value.value;
}

export function isUnsigned(value: Value): boolean {
  return value instanceof Integer && value.type.startsWith("uint");
}

/** The bytes of a string or of a type made of one. */
export function stringOf(value: Value): string | undefined {
  if (typeof value === "string") return value;
  return value instanceof JsonNumber ? value.text : undefined;
}

/** Go's nil, of whatever type. */
export function isNil(value: Value): boolean {
  if (value === undefined || value === null || value instanceof NilPointer) return true;
  return (value instanceof List || value instanceof MapValue) && value.isNil;
}

/** Whether `if` takes a value for true: it is not false, zero, nil or empty. */
export function isTrue(value: Value): boolean {
  if (value === undefined || value === null) return false;
  // Not a number is not zero either.
  if (typeof value === "number") return value !== 0;
  if (typeof value !== "object") return Boolean(value);
  if (value instanceof List) return value.items.length > 0;
  if (value instanceof MapValue) return value.size > 0;
  if (value instanceof Integer) return value.value !== 0n;
  if (value instanceof JsonNumber) return value.text !== "";
  if (value instanceof Complex) return value.real !== 0 || value.imaginary !== 0;
  return !(value instanceof NilPointer);
}

/** `len`; undefined: the value has no length. */
export function lengthOf(value: Value): number | undefined {
  if (value instanceof List) return value.items.length;
  if (value instanceof MapValue) return value.size;
  if (kindOf(value) === "chan") return 0;
  return stringOf(value)?.length;
}
