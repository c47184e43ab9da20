import { define, library } from "../functions/function-spec.ts";
import { getter, type Method, ObjectValue, uint64, type Value } from "../values/value.ts";
import { parseVersion, satisfies, type Version } from "./semver.ts";

/** What `sprig_semver` returns: it prints as the version, and has its parts as methods. */
class VersionValue extends ObjectValue {
  readonly kind = "ptr";
  readonly type = "*semver.Version";
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
    const value = this.#part(name);
    return value === undefined ? undefined : getter(() => value);
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
