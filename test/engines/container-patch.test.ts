import { describe, expect, it } from "vitest";
import { applyContainerPatch } from "../../src/engines/container-patch.ts";
import type { Container } from "../../src/injection/pod.ts";
import type { JsonValue } from "../../src/json.ts";

const CONTAINER: Container = {
  name: "agent",
  args: ["a", "b"],
  env: [{ name: "A", value: "1" }],
  resources: {},
};
const { env: _, ...WITHOUT_ENV } = CONTAINER;

describe("a user's patch of an agent's container", () => {
  it.each<[string, JsonValue[], object]>([
    ["replaces", [{ op: "replace", path: "/name", value: "other" }], { ...CONTAINER, name: "other" }],
    ["adds", [{ op: "add", path: "/args/-", value: "c" }], { ...CONTAINER, args: ["a", "b", "c"] }],
    ["removes", [{ op: "remove", path: "/env/0" }], WITHOUT_ENV],
    [
      "replaces what is not there",
      [{ op: "replace", path: "/tty", value: true }],
      { ...CONTAINER, tty: true },
    ],
    ["copies", [{ op: "copy", from: "/args/0", path: "/args/-" }], { ...CONTAINER, args: ["a", "b", "a"] }],
    ["moves", [{ op: "move", from: "/args/0", path: "/args/1" }], { ...CONTAINER, args: ["b", "a"] }],
    ["tests", [{ op: "test", path: "/name", value: "agent" }], CONTAINER],
    ["does nothing", [], CONTAINER],
  ])("%s", (_, patch, container) => {
    expect(applyContainerPatch(CONTAINER, patch)).toEqual({ kind: "patched", container });
  });

  it.each<[string, string, JsonValue, object]>([
    ["resources that are taken away", "/resources", null, { resources: {} }],
    [
      "quantities",
      "/resources",
      { limits: { cpu: 1, memory: "1024Mi" } },
      { resources: { limits: { cpu: "1", memory: "1Gi" } } },
    ],
    ["quantities that are null", "/resources", { requests: { cpu: null } }, { resources: {} }],
    [
      "empty quantities",
      "/resources",
      { limits: {}, claims: [{ name: "a" }] },
      { resources: { claims: [{ name: "a" }] } },
    ],
    ["null", "/command", null, {}],
    ["switches that are off", "/stdin", false, {}],
    ["empty variables", "/env", [{ name: "A", value: "" }], { env: [{ name: "A" }] }],
    [
      "a security context",
      "/securityContext",
      { runAsUser: 0, privileged: false },
      { securityContext: { runAsUser: 0, privileged: false } },
    ],
    [
      "headers",
      "/livenessProbe",
      { periodSeconds: 0, httpGet: { httpHeaders: [{ name: "A", value: "" }] } },
      { livenessProbe: { httpGet: { httpHeaders: [{ name: "A", value: "" }] } } },
    ],
    ["arguments", "/args", ["", "a"], { args: ["", "a"] }],
    ["fields of a newer Kubernetes", "/future", { a: { b: "" } }, { future: { a: { b: "" } } }],
  ])("leaves %s as Kubernetes keeps them", (_, path, value, members) => {
    expect(applyContainerPatch(CONTAINER, [{ op: "add", path, value }])).toEqual({
      kind: "patched",
      container: { ...CONTAINER, ...members },
    });
  });

  it.each<[string, JsonValue[], RegExp]>([
    [
      "to a place that is not there",
      [
        { op: "add", path: "/tty", value: true },
        { op: "replace", path: "/x/y", value: 1 },
      ],
      /does not apply: operation 2: Cannot perform/,
    ],
    ["whose test fails", [{ op: "test", path: "/name", value: "x" }], /does not apply/],
    ["with an operation that is none", [{ op: "invalid", path: "/name" }], /does not apply/],
    ["that is no operation", [5], /does not apply/],
    ["without a path", [{ op: "remove" }], /does not apply/],
    ["into a prototype", [{ op: "add", path: "/__proto__/x", value: 1 }], /does not apply/],
    ["that takes the name away", [{ op: "remove", path: "/name" }], /no container with a name/],
    ["that moves the whole into itself", [{ op: "move", from: "", path: "/x" }], /into itself/],
    ["that moves a part into itself", [{ op: "move", from: "/env/0", path: "/env/0/x" }], /into itself/],
    ["that adds the whole", [{ op: "add", path: "", value: { name: "a" } }], /only replace/],
    ["that replaces the whole", [{ op: "replace", path: "", value: [] }], /leaves no container/],
    [
      "that adds a number to the arguments",
      [{ op: "add", path: "/args/0", value: 5 }],
      /args that is not a list of text/,
    ],
    [
      "that makes a switch of a word",
      [{ op: "add", path: "/tty", value: "yes" }],
      /tty that is not true or false/,
    ],
    [
      "that names no quantity",
      [{ op: "add", path: "/resources", value: { limits: { cpu: "much" } } }],
      /"much" for a quantity/,
    ],
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
