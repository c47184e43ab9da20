import { CORE_LIBRARIES } from "./core.ts";
import type { Library } from "./function-spec.ts";

/** Libraries that are only loaded for templates that use one of their functions. */
export type LibraryName = keyof typeof LAZY;

interface LazyLibrary {
  readonly names: readonly string[];
  readonly load: () => Promise<Library>;
}

const words = (text: string): readonly string[] => text.trim().split(/\s+/);
const sprig = (text: string): readonly string[] => words(text).map((name) => `sprig_${name}`);

const LAZY = {
  regex: {
    names: words("regexMatch regexReplaceAll"),
    load: async () => (await import("./regex.ts")).REGEX,
  },
  yaml: {
    names: words("parseYAML toYAML"),
    load: async () => (await import("./yaml.ts")).YAML,
  },
  toml: {
    names: words("toTOML"),
    load: async () => (await import("./toml.ts")).TOML,
  },
  timestamp: {
    names: words("timestamp"),
    load: async () => (await import("./timestamp.ts")).TIMESTAMP,
  },
  sockaddr: {
    names: words("sockaddr"),
    load: async () => {
      const { sockaddr } = await import("./sockaddr.ts");
      return sockaddr(await import("../network/index.ts"));
    },
  },
  spew: {
    names: words("spew_dump spew_printf spew_sdump spew_sprintf"),
    load: async () => (await import("./spew.ts")).SPEW,
  },
  sprig: {
    names: sprig(`
      abbrev abbrevboth add add1 add1f addf adler32sum all any append atoi b32dec b32enc b64dec b64enc base biggest
      camelcase cat ceil chunk clean coalesce compact concat contains deepCopy deepEqual default dict dig dir div
      divf empty ext fail first float64 floor fromJson get has hasKey hasPrefix hasSuffix hello indent initial
      initials int int64 isAbs join kebabcase keys kindIs kindOf last list lower max maxf merge mergeOverwrite min
      minf mod mul mulf mustAppend mustChunk mustCompact mustDeepCopy mustFirst mustFromJson mustHas mustInitial
      mustLast mustMerge mustMergeOverwrite mustPrepend mustPush mustRest mustReverse mustSlice mustToJson
      mustToPrettyJson mustToRawJson mustUniq mustWithout nindent nospace omit osBase osClean osDir osExt osIsAbs
      pick pluck plural prepend push quote randInt repeat replace rest reverse round seq set sha1sum sha256sum
      sha512sum shuffle slice snakecase sortAlpha split splitList splitn squote sub subf substr swapcase ternary
      title toDecimal toJson toPrettyJson toRawJson toString toStrings trim trimAll trimPrefix trimSuffix trimall
      trunc tuple typeIs typeIsLike typeOf uniq unset until untilStep untitle upper values without wrap wrapWith`),
    load: async () => (await import("../sprig/index.ts")).SPRIG,
  },
  "sprig regex": {
    names: sprig(`
      mustRegexFind mustRegexFindAll mustRegexMatch mustRegexReplaceAll mustRegexReplaceAllLiteral mustRegexSplit
      regexFind regexFindAll regexMatch regexQuoteMeta regexReplaceAll regexReplaceAllLiteral regexSplit`),
    load: async () => (await import("../sprig/regex.ts")).SPRIG_REGEX,
  },
  "sprig dates": {
    names: sprig("ago duration durationRound mustDateModify mustToDate must_date_modify toDate unixEpoch"),
    load: async () => (await import("../sprig/dates.ts")).SPRIG_DATES,
  },
  "sprig urls": {
    names: sprig("urlJoin urlParse"),
    load: async () => (await import("../sprig/urls.ts")).SPRIG_URLS,
  },
  "sprig semver": {
    names: sprig("semver semverCompare"),
    load: async () => (await import("../sprig/semver-functions.ts")).SPRIG_SEMVER,
  },
  "sprig crypto": {
    names: sprig("decryptAES encryptAES"),
    load: async () => (await import("../sprig/crypto.ts")).SPRIG_CRYPTO,
  },
  "sprig passwords": {
    names: sprig("bcrypt derivePassword htpasswd"),
    load: async () => {
      const { sprigPasswords } = await import("../sprig/passwords.ts");
      return sprigPasswords(await import("../cryptography/index.ts"));
    },
  },
  "sprig certificates": {
    names: sprig(`
      buildCustomCert genCA genCAWithKey genPrivateKey genSelfSignedCert genSelfSignedCertWithKey genSignedCert
      genSignedCertWithKey`),
    load: async () => {
      const { sprigCertificates } = await import("../sprig/certificates.ts");
      return sprigCertificates(await import("../cryptography/index.ts"));
    },
  },
} satisfies Record<string, LazyLibrary>;

/** Functions of consul-template that ask Consul or Nomad. */
const CONSUL = words(`
  byKey byMeta byPort byTag caLeaf caRoots connect datacenters exportedServices key keyExists keyOrDefault ls
  node nodes partitions peerings safeLs safeTree service services tree`);
const NOMAD = words("nomadService nomadServices nomadVar nomadVarExists nomadVarList nomadVarListSafe");

/** Where a function comes from; undefined: nobody knows it. */
export type Origin = "core" | LibraryName | "Consul" | "Nomad" | undefined;

/** Every function name and where it comes from. */
export const CATALOG: ReadonlyMap<string, Exclude<Origin, undefined>> = new Map([
  ...CORE_LIBRARIES.flatMap((core) => [...core.keys()].map((name) => [name, "core"] as const)),
  ...Object.entries(LAZY).flatMap(([name, { names }]) =>
    names.map((word) => [word, name as LibraryName] as const),
  ),
  ...CONSUL.map((name) => [name, "Consul"] as const),
  ...NOMAD.map((name) => [name, "Nomad"] as const),
]);

/** Loads one library. */
export async function loadLibrary(name: LibraryName): Promise<Library> {
  return LAZY[name].load();
}
