import { FunctionError } from "../errors.ts";
import { define, library } from "../functions/function-spec.ts";
import { getter, type Method, ObjectValue, uint64, type Value } from "../values/value.ts";
import { compareVersions, parseVersion, satisfies, type Version } from "./semver.ts";

const VERSION = "*semver.Version";

/** How two versions stand to each other, from the sign of their comparison. */
const COMPARISONS = new Map<string, (order: number) => Value>([
  ["Compare", (order) => BigInt(Math.sign(order))],
  ["Equal", (order) => order === 0],
  ["GreaterThan", (order) => order > 0],
  ["GreaterThanEqual", (order) => order >= 0],
  ["LessThan", (order) => order < 0],
  ["LessThanEqual", (order) => order <= 0],
]);

/** What `sprig_semver` returns: it prints as the version, and has its parts as methods. */
class VersionValue extends ObjectValue {
  readonly kind = "ptr";
  readonly type = VERSION;
  readonly #version: Version;

  constructor(version: Version) {
    super();
    this.#version = version;
  }

  override stringer(): string {
    const { major, minor, patch, prerelease, metadata } = this.#version;
    const suffix = (prerelease === "" ? "" : `-${prerelease}`) + (metadata === "" ? "" : `+${metadata}`);
    return `${major}.${minor}.${patch}${suffix}`;
  }

  override method(name: string): Method | undefined {
    const comparison = COMPARISONS.get(name);
    if (comparison) {
      return { parameters: [VERSION], call: ([other]) => comparison(this.#orderTo(other)) };
    }
    const value = this.#part(name);
    return value === undefined ? undefined : getter(() => value);
  }

  #orderTo(other: Value): number {
    if (!(other instanceof VersionValue)) throw new FunctionError("expected a version");
    return compareVersions(this.#version, other.#version);
  }

  #part(name: string): Value {
    switch (name) {
      case "Major":
        return uint64(this.#version.major);
      case "Minor":
        return uint64(this.#version.minor);
      case "Patch":
        return uint64(this.#version.patch);
      case "Prerelease":
        return this.#version.prerelease;
      case "Metadata":
        return this.#version.metadata;
      case "Original":
        return this.#version.original;
      case "String":
        return this.stringer();
      default:
        return undefined;
    }
  }
}

/** Sprig's functions on semantic versions. */
export const SPRIG_SEMVER = library({
  sprig_semver: define(["string"], (args) => new VersionValue(parseVersion(args.string(0)))),
  sprig_semverCompare: define(["string", "string"], (args) => satisfies(args.string(0), args.string(1))),
});
