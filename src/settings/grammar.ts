import { parseQuantity } from "../annotations/quantity.ts";
/** How the text of a setting becomes its value. */
export interface Grammar<T> {
  /** What a right value looks like, after "expected", e.g. `a Go duration such as 30s`. */
  readonly expects: string;
  /** Stands for the value in help texts, e.g. `duration`. */
  readonly placeholder: string;
  /** A flag of this kind may stand without a value, which then is `true`. */
  readonly isSwitch?: boolean;
  /** Returns undefined for a text that is none of this grammar's. */
  readonly parse: (text: string) => T | undefined;
}

/** Any text, the empty one too. */
export const text: Grammar<string> = { expects: "text", placeholder: "text", parse: (value) => value };

/** Text that is not empty and holds no blanks: a name, a path, an image. */
export const word: Grammar<string> = {
  expects: "a value without blanks",
  placeholder: "name",
  parse: (value) => (/^\S+$/.test(value) ? value : undefined),
};

/** A word, or nothing. */
export const optionalWord: Grammar<string> = {
  expects: "a value without blanks, or nothing",
  placeholder: "name",
  parse: (value) => (/^\S*$/.test(value) ? value : undefined),
};

const TRUE = new Set(["1", "t", "T", "TRUE", "true", "True"]);
const FALSE = new Set(["0", "f", "F", "FALSE", "false", "False"]);

/** The spellings that Go's `strconv.ParseBool` takes, and no others. */
export const boolean: Grammar<boolean> = {
  expects: "true or false (also 1, t, T, TRUE, True, 0, f, F, FALSE, False)",
  placeholder: "bool",
  isSwitch: true,
  parse: (value) => (TRUE.has(value) ? true : FALSE.has(value) ? false : undefined),
};

/** Exactly one of the given words. */
export function oneOf<const T extends string>(...words: readonly T[]): Grammar<T> {
  return {
    expects: words.length === 2 ? `${words[0]} or ${words[1]}` : `one of ${words.join(", ")}`,
    placeholder: words.join("|"),
    parse: (value) => words.find((candidate) => candidate === value),
  };
}

/** One of the given words after trimming, in any case, each with what it means. */
export function oneOfMeaning<T>(meanings: Readonly<Record<string, T>>): Grammar<T> {
  const names = Object.keys(meanings).filter((name) => name !== "");
  return {
    expects: `one of ${names.join(", ")}`,
    placeholder: "level",
    parse: (value) => {
      const name = value.trim().toLowerCase();
      return Object.hasOwn(meanings, name) ? meanings[name] : undefined;
    },
  };
}

/** A whole number within bounds. */
export function integer(minimum: number, maximum: number): Grammar<number> {
  return {
    expects: `a whole number from ${minimum} to ${maximum}`,
    placeholder: "number",
    parse: (value) => {
      if (!/^[+-]?\d{1,15}$/.test(value)) return undefined;
      const number = Number(value);
      return number >= minimum && number <= maximum ? number : undefined;
    },
  };
}

/** A number within bounds, e.g. a share of a time. */
export function fraction(minimum: number, maximum: number): Grammar<number> {
  return {
    expects: `a number from ${minimum} to ${maximum}`,
    placeholder: "number",
    parse: (value) => {
      if (!/^\d+(\.\d+)?$/.test(value)) return undefined;
      const number = Number(value);
      return number >= minimum && number <= maximum ? number : undefined;
    },
  };
}

/** A POSIX user or group id, kept as text: that is how annotations carry it. */
export const posixId: Grammar<string> = {
  expects: "a numeric id from 0 to 2147483647",
  placeholder: "id",
  parse: (value) => (/^\d{1,10}$/.test(value) && Number(value) <= 2_147_483_647 ? value : undefined),
};

/** A Kubernetes resource quantity as written, or nothing, which leaves the entry out. */
export const quantity: Grammar<string> = {
  expects: "a Kubernetes quantity such as 250m or 64Mi",
  placeholder: "quantity",
  parse: (value) => (value === "" || parseQuantity(value) !== undefined ? value : undefined),
};

const BINARY_UNITS: Readonly<Record<string, number>> = {
  "": 1,
  k: 1e3,
  M: 1e6,
  Ki: 1024,
  Mi: 1024 ** 2,
};

/** A number of bytes, e.g. `8Mi` or `8388608`, from 1 KiB to 64 MiB. */
export const byteSize: Grammar<number> = {
  expects: "a number of bytes from 1Ki to 64Mi, such as 8Mi",
  placeholder: "bytes",
  parse: (value) => {
    const match = /^(\d{1,9})(|k|M|Ki|Mi)$/.exec(value);
    if (!match) return undefined;
    const bytes = Number(match[1]) * (BINARY_UNITS[match[2] ?? ""] ?? Number.NaN);
    return bytes >= 1024 && bytes <= 64 * 1024 ** 2 ? bytes : undefined;
  },
};

/** A quantity that `none` leaves out: an empty variable would count as unset. */
export const quantityOrNone: Grammar<string> = {
  expects: `${quantity.expects}, or none`,
  placeholder: quantity.placeholder,
  parse: (value) => (value === "none" ? "" : quantity.parse(value)),
};

/** A comma-separated list; blanks around entries and empty entries are dropped. */
export function listOf<T>(entry: Grammar<T>): Grammar<readonly T[]> {
  return {
    expects: `a comma-separated list, each entry ${entry.expects}`,
    placeholder: `${entry.placeholder},…`,
    parse: (value) => {
      const parts = value.split(",").map((part) => part.trim());
      const entries = parts.filter((part) => part !== "").map((part) => entry.parse(part));
      const known = entries.filter((parsed) => parsed !== undefined);
      return known.length === entries.length ? known : undefined;
    },
  };
}

/** A prefix of annotation names without the slash: a DNS subdomain. */
export const annotationPrefix: Grammar<string> = {
  expects: "a DNS name without a slash, such as vault.hashicorp.com",
  placeholder: "prefix",
  parse: (value) =>
    value.length <= 253 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(value)
      ? value
      : undefined,
};
