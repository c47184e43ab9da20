import type { Capability, Policy, PolicyRule } from "./policies.ts";

/** What a set of policies allows. Which rule counts for a path follows Vault's documented priorities. */
export interface AccessControl {
  /** Everything, as policy `root` allows. */
  readonly root: boolean;
  /** On one path; `["deny"]` when nothing is allowed. */
  capabilities(path: string, listing?: boolean): readonly Capability[];
  /** Whether anything is allowed at or below a mount, e.g. `secret/`. */
  reaches(mountPath: string): boolean;
}

export function createAccessControl(policies: readonly Policy[]): AccessControl {
  const merged = mergeRules(policies.flatMap((policy) => policy.rules));
  return {
    root: policies.some((policy) => policy.name === "root"),
    capabilities: (path, listing = false) => {
      const found = listing
        ? (match(merged, path.replace(/\/$/, "")) ?? match(merged, path))
        : match(merged, path);
      return found === undefined || found.length === 0 ? ["deny"] : found;
    },
    reaches: (mountPath) =>
      [...merged].some(([path, capabilities]) => {
        if (capabilities.length === 0 || capabilities.includes("deny")) return false;
        const literal = path.replace(/[+*].*$/, "");
        return literal.startsWith(mountPath) || (/[+*]/.test(path) && mountPath.startsWith(literal));
      }),
  };
}

/** Rules of the same path add up, and one `deny` takes all. */
function mergeRules(rules: readonly PolicyRule[]): ReadonlyMap<string, readonly Capability[]> {
  const merged = new Map<string, readonly Capability[]>();
  for (const { path, capabilities } of rules) {
    const together = new Set([...(merged.get(path) ?? []), ...capabilities]);
    merged.set(path, together.has("deny") ? ["deny"] : [...together].sort());
  }
  return merged;
}

function match(
  rules: ReadonlyMap<string, readonly Capability[]>,
  path: string,
): readonly Capability[] | undefined {
  const exact = rules.get(path);
  if (exact !== undefined && !/[+*]/.test(path)) return exact;
  const matching = [...rules.keys()].filter((pattern) => matches(pattern, path));
  const best = matching.sort(byPriority).at(-1);
  return best === undefined ? undefined : rules.get(best);
}

function matches(pattern: string, path: string): boolean {
  const prefix = pattern.endsWith("*");
  const wanted = (prefix ? pattern.slice(0, -1) : pattern).split("/");
  const given = path.split("/");
  if (prefix ? given.length < wanted.length : given.length !== wanted.length) return false;
  return wanted.every((segment, index) => {
    const actual = given[index] ?? "";
    if (segment === "+") return true;
    const last = index === wanted.length - 1;
    return prefix && last ? actual.startsWith(segment) : actual === segment;
  });
}

/** Higher priority sorts later: late first wildcard, no glob, few `+`, long, then by name. */
function byPriority(left: string, right: string): number {
  const rank = (pattern: string): readonly number[] => [
    firstWildcard(pattern),
    pattern.endsWith("*") ? 0 : 1,
    -pattern.split("/").filter((segment) => segment === "+").length,
    pattern.length,
  ];
  const [a, b] = [rank(left), rank(right)];
  const difference = a.map((value, index) => value - (b[index] ?? 0)).find((value) => value !== 0);
  return difference ?? (left < right ? -1 : 1);
}

function firstWildcard(pattern: string): number {
  const index = pattern.search(/\+|\*$/);
  return index === -1 ? pattern.length : index;
}
