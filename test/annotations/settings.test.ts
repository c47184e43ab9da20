import { expect, test } from "vitest";
import { defaultInjectionSettings } from "../../src/annotations/defaults.ts";
import { ANNOTATIONS } from "../../src/annotations/table.ts";
import { injectionSettings } from "../../src/settings/injection.ts";
import { injectionTable } from "../../src/settings/injection-table.ts";

test("the settings of an operator who set nothing are the table's defaults", () => {
  const unset = injectionSettings({});
  expect({ ...defaultInjectionSettings(), vaultAddress: "" }).toEqual({ ...unset, vaultAddress: "" });
});

const SOURCES = ANNOTATIONS.flatMap((spec) =>
  spec.default.kind === "setting" ? spec.default.sources.map((source) => [spec.name, source] as const) : [],
);

test.each(SOURCES)("%s: the setting %s is there", (_, source) => {
  const settings = Object.values(injectionTable);
  const names = settings.flatMap(({ flags, variables }) => [
    ...flags.map((flag) => `-${flag}`),
    ...variables,
  ]);
  expect(names).toContain(source);
});
