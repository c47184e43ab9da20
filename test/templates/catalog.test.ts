import { describe, expect, test } from "vitest";
import { CATALOG, type LibraryName, loadLibrary } from "../../src/templates/functions/catalog.ts";
import { CORE_LIBRARIES } from "../../src/templates/functions/core.ts";
import { parseTemplate } from "../../src/templates/index.ts";

const origins = [...CATALOG];
const lazy = [...new Set(origins.map(([, origin]) => origin))].filter(
  (origin): origin is LibraryName => !["core", "Consul", "Nomad"].includes(origin),
);

describe("the catalog of functions", () => {
  test.each(lazy)("names exactly what library %s holds", async (name) => {
    const library = await loadLibrary(name);
    const named = origins.filter(([, origin]) => origin === name).map(([word]) => word);
    expect([...library.keys()].sort()).toEqual(named.sort());
  });

  test("has every function in one place", () => {
    const core = CORE_LIBRARIES.flatMap((library) => [...library.keys()]);
    expect(new Set(core).size).toBe(core.length);
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
