import { posix } from "node:path";
import { define, library } from "../functions/function-spec.ts";
import type { Value } from "../values/value.ts";

const clean = (path: string): string => {
  if (path === "") return ".";
  const normal = posix.normalize(path);
  return normal.length > 1 && normal.endsWith("/") ? normal.slice(0, -1) : normal;
};

function base(path: string): string {
  if (path === "") return ".";
  let end = path.length;
  while (path[end - 1] === "/") end--;
  return end === 0 ? "/" : path.slice(path.lastIndexOf("/", end - 1) + 1, end);
}

const dir = (path: string): string => clean(path.slice(0, path.lastIndexOf("/") + 1));

function ext(path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const dot = name.lastIndexOf(".");
  return dot < 0 ? "" : name.slice(dot);
}

const both = (name: string, osName: string, of: (path: string) => Value) => {
  const spec = define(["string"], (args) => of(args.string(0)));
  return { [`sprig_${name}`]: spec, [`sprig_${osName}`]: spec };
};

/** Sprig's functions on paths; those of the operating system are the same on Linux. */
export const SPRIG_PATHS = library({
  ...both("base", "osBase", base),
  ...both("dir", "osDir", dir),
  ...both("clean", "osClean", clean),
  ...both("ext", "osExt", ext),
  ...both("isAbs", "osIsAbs", (path) => path.startsWith("/")),
});
