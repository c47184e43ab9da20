import { FunctionError } from "../errors.ts";

/** A semantic version, as Masterminds/semver reads it: minor and patch may be missing, a `v` may lead. */
export interface Version {
  readonly major: bigint;
  readonly minor: bigint;
  readonly patch: bigint;
  readonly prerelease: string;
  readonly metadata: string;
  readonly original: string;
}

const VERSION =
  /^v?(0|[1-9]\d*)(?:\.(0|[1-9]\d*))?(?:\.(0|[1-9]\d*))?(?:-([\dA-Za-z-]+(?:\.[\dA-Za-z-]+)*))?(?:\+([\dA-Za-z-]+(?:\.[\dA-Za-z-]+)*))?$/;

const UINT64_MAX = 2n ** 64n - 1n;

/** @throws FunctionError if the text is no version. */
export function parseVersion(text: string): Version {
  const match = VERSION.exec(text);
  const prerelease = match?.[4] ?? "";
  if (!match || prerelease.split(".").some((part) => /^0\d+$/.test(part))) {
    throw new FunctionError("invalid semantic version");
  }
  const numbers = [match[1], match[2], match[3]].map((number) => BigInt(number ?? 0));
  if (numbers.some((number) => number > UINT64_MAX))
    throw new FunctionError("a number of the version is out of range");
  const [major = 0n, minor = 0n, patch = 0n] = numbers;
  return {
    major,
    minor,
    patch,
    prerelease,
    metadata: match[5] ?? "",
    original: text,
  };
}

function comparePart(a: string, b: string): number {
  if (a === b) return 0;
  const [isNumberA, isNumberB] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (isNumberA && isNumberB) return BigInt(a) < BigInt(b) ? -1 : 1;
  if (isNumberA !== isNumberB) return isNumberA ? -1 : 1;
  return a < b ? -1 : 1;
}

/** A release comes after its prereleases. */
function comparePrerelease(a: string, b: string): number {
  if (a === "" || b === "") return a === b ? 0 : a === "" ? 1 : -1;
  const [left, right] = [a.split("."), b.split(".")];
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    const order = comparePart(left[index] ?? "", right[index] ?? "");
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

/** Negative: the first is older. Metadata does not count. */
export function compareVersions(a: Version, b: Version): number {
  for (const part of ["major", "minor", "patch"] as const) {
    if (a[part] !== b[part]) return a[part] < b[part] ? -1 : 1;
  }
  return comparePrerelease(a.prerelease, b.prerelease);
}

/** One condition. `known`: how many of its numbers were written and no wildcard. */
interface Condition {
  readonly operator: string;
  readonly version: Version;
  readonly known: 0 | 1 | 2 | 3;
}

const CV =
  "v?([0-9|xX*]+)(\\.[0-9|xX*]+)?(\\.[0-9|xX*]+)?(-(?:[\\dA-Za-z-]+(?:\\.[\\dA-Za-z-]+)*))?(?:\\+[\\dA-Za-z-]+(?:\\.[\\dA-Za-z-]+)*)?";
const OPERATORS = "!=|>=|=>|<=|=<|~>|=|>|<|~|\\^|";
const CONDITION = new RegExp(`^\\s*(${OPERATORS})\\s*${CV}(?:\\s*,\\s*(?!$)|\\s+|$)`);
const RANGE = new RegExp(`\\s*(${CV})\\s+-\\s+(${CV})\\s*`, "g");

function parseCondition(match: RegExpExecArray): Condition {
  const numbers = [match[2], match[3]?.slice(1), match[4]?.slice(1)];
  const wild = numbers.findIndex((number) => number === undefined || /^[xX*]$/.test(number));
  const known = (wild < 0 ? 3 : wild) as Condition["known"];
  const written = [0, 1, 2].map((index) => (index < known ? numbers[index] : "0")).join(".");
  return { operator: match[1] ?? "", version: parseVersion(`${written}${match[5] ?? ""}`), known };
}

function parseAlternative(text: string): Condition[] {
  const conditions: Condition[] = [];
  for (let rest = text.trim(); rest !== ""; ) {
    const match = CONDITION.exec(rest);
    if (!match) throw new FunctionError("improper constraint");
    conditions.push(parseCondition(match));
    rest = rest.slice(match[0].length);
  }
  if (conditions.length === 0) throw new FunctionError("improper constraint");
  return conditions;
}

function withinTilde(version: Version, { version: wanted, known }: Condition): boolean {
  if (compareVersions(version, wanted) < 0) return false;
  if (known === 0 || (known === 3 && wanted.major === 0n && wanted.minor === 0n && wanted.patch === 0n))
    return true;
  if (version.major !== wanted.major) return false;
  return known === 1 || version.minor === wanted.minor;
}

function withinCaret(version: Version, { version: wanted, known }: Condition): boolean {
  if (compareVersions(version, wanted) < 0) return false;
  if (wanted.major > 0n || known === 1) return version.major === wanted.major;
  if (version.major > 0n) return false;
  if (wanted.minor > 0n || known === 2) return version.minor === wanted.minor;
  return version.minor === 0n && version.patch === wanted.patch;
}

function isGreater(version: Version, { version: wanted, known }: Condition): boolean {
  if (known === 3 || known === 0) return compareVersions(version, wanted) > 0;
  if (version.major !== wanted.major) return version.major > wanted.major;
  return known === 2 && version.minor > wanted.minor;
}

function isAtMost(version: Version, { version: wanted, known }: Condition): boolean {
  if (known === 3) return compareVersions(version, wanted) <= 0;
  if (version.major !== wanted.major) return version.major < wanted.major;
  return known === 1 || version.minor <= wanted.minor;
}

function isDifferent(version: Version, { version: wanted, known }: Condition): boolean {
  if (known === 3 || known === 0) return compareVersions(version, wanted) !== 0;
  if (version.major !== wanted.major) return true;
  return known === 2 && version.minor !== wanted.minor;
}

function holds(version: Version, condition: Condition): boolean {
  const { operator, version: wanted, known } = condition;
  const prereleaseAllowed = wanted.prerelease !== "" || (operator === "!=" && known === 3);
  if (version.prerelease !== "" && !prereleaseAllowed) return false;
  switch (operator) {
    case "!=":
      return isDifferent(version, condition);
    case ">":
      return isGreater(version, condition);
    case "<":
      return compareVersions(version, wanted) < 0;
    case ">=":
    case "=>":
      return compareVersions(version, wanted) >= 0;
    case "<=":
    case "=<":
      return isAtMost(version, condition);
    case "~":
    case "~>":
      return withinTilde(version, condition);
    case "^":
      return withinCaret(version, condition);
    default:
      return known === 3 ? compareVersions(version, wanted) === 0 : withinTilde(version, condition);
  }
}

/** Longer constraints are no honest ones, and the search for ranges takes the square of their length. */
const MAX_CONSTRAINT = 1024;

/** Whether a version meets a constraint such as `^1.2 || >=3`. @throws FunctionError if one of them is none. */
export function satisfies(constraint: string, version: string): boolean {
  if (constraint.length > MAX_CONSTRAINT) throw new FunctionError("the constraint is too long");
  const alternatives = constraint
    .split("||")
    .map((alternative) =>
      alternative.replace(RANGE, (_, from: string, ...rest: string[]) => `>= ${from}, <= ${rest[4]} `),
    )
    .map(parseAlternative);
  const parsed = parseVersion(version);
  return alternatives.some((conditions) => conditions.every((condition) => holds(parsed, condition)));
}
