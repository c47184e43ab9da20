import { CORE_LIBRARIES } from "./core.ts";

/** Libraries that are only loaded for templates that use one of their functions. */
export type LibraryName = keyof typeof LIBRARIES;

/** Where a function comes from; undefined: nobody knows it. */
export type Origin = "core" | LibraryName | "Consul" | "Nomad" | undefined;

/** Names of functions, all with the same beginning. */
interface Names {
  readonly prefix: "" | "sprig_";
  /** The rest of each, with space between. One text until somebody asks: most templates never do. */
  readonly words: string;
}

const plain = (words: string): Names => ({ prefix: "", words });
const sprig = (words: string): Names => ({ prefix: "sprig_", words });

const namesIn = ({ prefix, words }: Names): readonly string[] =>
  words
    .trim()
    .split(/\s+/)
    .map((word) => prefix + word);

const LIBRARIES = {
  regex: plain("regexMatch regexReplaceAll"),
  yaml: plain("parseYAML toYAML"),
  toml: plain("toTOML"),
  timestamp: plain("timestamp"),
  sockaddr: plain("sockaddr"),
  spew: plain("spew_dump spew_printf spew_sdump spew_sprintf"),
  sprig: sprig(`
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
  "sprig regex": sprig(`
    mustRegexFind mustRegexFindAll mustRegexMatch mustRegexReplaceAll mustRegexReplaceAllLiteral mustRegexSplit
    regexFind regexFindAll regexMatch regexQuoteMeta regexReplaceAll regexReplaceAllLiteral regexSplit`),
  "sprig dates": sprig(
    "ago duration durationRound mustDateModify mustToDate must_date_modify toDate unixEpoch",
  ),
  "sprig urls": sprig("urlJoin urlParse"),
  "sprig semver": sprig("semver semverCompare"),
  "sprig crypto": sprig("decryptAES encryptAES"),
  "sprig passwords": sprig("bcrypt derivePassword htpasswd"),
  "sprig certificates": sprig(`
    buildCustomCert genCA genCAWithKey genPrivateKey genSelfSignedCert genSelfSignedCertWithKey genSignedCert
    genSignedCertWithKey`),
} satisfies Record<string, Names>;

/** Functions of consul-template that ask Consul or Nomad. */
const FOREIGN = {
  Consul: plain(`
    byKey byMeta byPort byTag caLeaf caRoots connect datacenters exportedServices key keyExists keyOrDefault ls
    node nodes partitions peerings safeLs safeTree service services tree`),
  Nomad: plain("nomadService nomadServices nomadVar nomadVarExists nomadVarList nomadVarListSafe"),
} satisfies Record<string, Names>;

const NAMED = Object.entries({ ...LIBRARIES, ...FOREIGN }) as readonly [
  LibraryName | keyof typeof FOREIGN,
  Names,
][];

/** Where the function of a name comes from. */
export function originOf(name: string): Origin {
  if (CORE_LIBRARIES.some((library) => library.has(name))) return "core";
  return NAMED.find(([, names]) => name.startsWith(names.prefix) && namesIn(names).includes(name))?.[0];
}

/** Every function name and where it comes from. */
export function* allFunctions(): Generator<readonly [name: string, origin: Exclude<Origin, undefined>]> {
  for (const library of CORE_LIBRARIES) for (const name of library.keys()) yield [name, "core"];
  for (const [origin, names] of NAMED) for (const name of namesIn(names)) yield [name, origin];
}
