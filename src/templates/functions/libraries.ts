import type { LibraryName } from "./catalog.ts";
import type { Library } from "./function-spec.ts";

/**
 * Each library by its name in the catalog. Loaded one by one, because some need a package or a module that few
 * templates use.
 */
const LOADERS: Readonly<Record<LibraryName, () => Promise<Library>>> = {
  regex: async () => (await import("./regex.ts")).REGEX,
  yaml: async () => (await import("./yaml.ts")).YAML,
  toml: async () => (await import("./toml.ts")).TOML,
  timestamp: async () => (await import("./timestamp.ts")).TIMESTAMP,
  sockaddr: async () => {
    const { sockaddr } = await import("./sockaddr.ts");
    return sockaddr(await import("../network/index.ts"));
  },
  spew: async () => (await import("./spew.ts")).SPEW,
  sprig: async () => (await import("../sprig/index.ts")).SPRIG,
  "sprig regex": async () => (await import("../sprig/regex.ts")).SPRIG_REGEX,
  "sprig dates": async () => (await import("../sprig/dates.ts")).SPRIG_DATES,
  "sprig urls": async () => (await import("../sprig/urls.ts")).SPRIG_URLS,
  "sprig semver": async () => (await import("../sprig/semver-functions.ts")).SPRIG_SEMVER,
  "sprig crypto": async () => (await import("../sprig/crypto.ts")).SPRIG_CRYPTO,
  "sprig passwords": async () => {
    const { sprigPasswords } = await import("../sprig/passwords.ts");
    return sprigPasswords(await import("../cryptography/index.ts"));
  },
  "sprig certificates": async () => {
    const { sprigCertificates } = await import("../sprig/certificates.ts");
    return sprigCertificates(await import("../cryptography/index.ts"));
  },
};

/** Loads one library. */
export function loadLibrary(name: LibraryName): Promise<Library> {
  return LOADERS[name]();
}
