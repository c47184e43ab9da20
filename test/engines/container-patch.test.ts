import { describe, expect, it } from "vitest";
import { applyContainerPatch } from "../../src/engines/container-patch.ts";
import type { Container } from "../../src/injection/pod.ts";
import type { JsonValue } from "../../src/json.ts";

const CONTAINER: Container = { name: "agent", args: ["a", "b"], env: [{ name: "A", value: "1" }] };

describe("a user's patch of an agent's container", () => {
  it.each<[string, JsonValue[], object]>([
    ["replaces", [{ op: "replace", path: "/name", value: "other" }], { ...CONTAINER, name: "other" }],
    ["adds", [{ op: "add", path: "/args/-", value: "c" }], { ...CONTAINER, args: ["a", "b", "c"] }],
    ["removes", [{ op: "remove", path: "/env/0" }], { ...CONTAINER, env: [] }],
    ["copies", [{ op: "copy", from: "/args/0", path: "/args/-" }], { ...CONTAINER, args: ["a", "b", "a"] }],
    ["moves", [{ op: "move", from: "/args/0", path: "/args/1" }], { ...CONTAINER, args: ["b", "a"] }],
    ["tests", [{ op: "test", path: "/name", value: "agent" }], CONTAINER],
    ["does nothing", [], CONTAINER],
  ])("%s", (_, patch, container) => {
    expect(applyContainerPatch(CONTAINER, patch)).toEqual({ kind: "patched", container });
  });

  it.each<[string, JsonValue[], RegExp]>([
    ["to a place that is not there", [{ op: "replace", path: "/x/y", value: 1 }], /does not apply/],
    ["whose test fails", [{ op: "test", path: "/name", value: "x" }], /does not apply/],
    ["with an operation that is none", [{ op: "invalid", path: "/name" }], /does not apply/],
    ["that is no operation", [5], /does not apply/],
    ["without a path", [{ op: "remove" }], /does not apply/],
    ["into a prototype", [{ op: "add", path: "/__proto__/x", value: 1 }], /does not apply/],
    ["that takes the name away", [{ op: "remove", path: "/name" }], /no container with a name/],
    ["that replaces the whole", [{ op: "replace", path: "", value: [] }], /no container with a name/],
  ])("%s fails", (_, patch, message) => {
    expect(applyContainerPatch(CONTAINER, patch)).toEqual({
      kind: "failed",
      message: expect.stringMatching(message),
    });
  });

  it("that doubles the container again and again fails before it fills the memory", () => {
    const patch = Array.from({ length: 100 }, () => ({ op: "copy", from: "/env", path: "/env/-" }));
    expect(applyContainerPatch(CONTAINER, patch)).toEqual({
      kind: "failed",
      message: "the patch copies more than a container may hold",
    });
  });

  it("changes neither the container nor the patch", () => {
    const patch = [
      { op: "add", path: "/ports", value: [] },
      { op: "add", path: "/ports/-", value: { containerPort: 1 } },
    ];
    applyContainerPatch(CONTAINER, patch);
    expect(CONTAINER).not.toHaveProperty("ports");
    expect(patch[0]?.value).toEqual([]);
  });
});
