import type { Backend, Call, MaybeAnswer, Operation } from "./call.ts";
import { unsupportedOperation, unsupportedPath, VaultRefusal } from "./refusal.ts";

/** Segments that the pattern names. */
export type Parameters = Readonly<Record<string, string>>;

export type Handler = (call: Call, parameters: Parameters) => MaybeAnswer | Promise<MaybeAnswer>;

/**
 * One path of a backend and what each operation on it does. `:name` in the pattern is one segment, `*name`
 * at its end is the rest, which may be empty.
 */
export interface Route extends Partial<Readonly<Record<Operation, Handler>>> {
  readonly pattern: string;
  /** Needs no token. */
  readonly open?: boolean;
  readonly exists?: (parameters: Parameters) => boolean;
}

/** A backend made of routes; the first that matches serves. */
export function createRouter(routes: readonly Route[], close?: () => Promise<void>): Backend {
  const find = (path: string): { route: Route; parameters: Parameters } | undefined => {
    for (const route of routes) {
      const parameters = matchPattern(route.pattern, path);
      if (parameters !== undefined) return { route, parameters };
    }
    return undefined;
  };
  return {
    handle: (call) => {
      const found = find(call.path);
      if (found === undefined) throw unsupportedPath();
      const handler = found.route[call.operation];
      if (handler !== undefined) return handler(call, found.parameters);
      throw found.route.open === true
        ? new VaultRefusal(405, ["unsupported operation"])
        : unsupportedOperation();
    },
    exists: (call) => {
      const found = find(call.path);
      return found?.route.exists?.(found.parameters) ?? true;
    },
    isOpen: (path) => find(path)?.route.open === true,
    ...(close === undefined ? {} : { close }),
  };
}

function matchPattern(pattern: string, path: string): Parameters | undefined {
  const wanted = pattern.split("/");
  const given = path.replace(/\/$/, "").split("/");
  const parameters: Record<string, string> = {};
  for (const [index, segment] of wanted.entries()) {
    if (segment.startsWith("*")) {
      parameters[segment.slice(1)] = path.split("/").slice(index).join("/");
      return parameters;
    }
    const actual = given[index];
    if (actual === undefined || actual === "") return undefined;
    if (segment.startsWith(":")) parameters[segment.slice(1)] = actual;
    else if (segment !== actual) return undefined;
  }
  return given.length === wanted.length ? parameters : undefined;
}
