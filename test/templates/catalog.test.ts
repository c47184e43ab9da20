import { describe, expect, test } from "vitest";
import { allFunctions, type LibraryName, originOf } from "../../src/templates/functions/catalog.ts";
import { loadLibrary } from "../../src/templates/functions/libraries.ts";
import { parseTemplate } from "../../src/templates/index.ts";

const origins = [...allFunctions()];
const lazy = [...new Set(origins.map(([, origin]) => origin))].filter(
  (origin): origin is LibraryName => !["core", "Consul", "Nomad"].includes(origin),
);

describe("the catalog of functions", () => {
  test.each(lazy)("names exactly what library %s holds", async (name) => {
    const library = await loadLibrary(name);
    const named = origins.filter(([, origin]) => origin === name).map(([word]) => word);
    expect([...library.keys()].sort()).toEqual(named.sort());
  });

  test("has every function in one place, and finds it there", () => {
    expect(new Set(origins.map(([name]) => name)).size).toBe(origins.length);
    expect(origins.map(([name]) => [name, originOf(name)])).toEqual(origins);
    expect(originOf("sprig_")).toBeUndefined();
    expect(originOf("upper")).toBeUndefined();
  });

  test.each([
    ['{{ with secret "a" }}{{ .Data | toJSON }}{{ end }}', []],
    ['{{ "a" | toYAML }}', ["yaml"]],
    ['{{ define "x" }}{{ regexMatch "a" "b" }}{{ end }}', ["regex"]],
    ['{{ if false }}{{ sprig_upper "a" }}{{ end }}{{ toTOML 1 }}', ["sprig", "toml"]],
  ])("%s needs %j", (text, needed) => {
    expect(parseTemplate(text, { name: "t" }).neededLibraries).toEqual(needed);
  });
});
