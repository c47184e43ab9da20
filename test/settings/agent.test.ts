import { describe, expect, it } from "vitest";
import { readAgentEnvironment } from "../../src/settings/agent.ts";

describe("the agent's environment", () => {
  it("is that of a patched pod, or the error says so", () => {
    expect(() => readAgentEnvironment({})).toThrow("KEYCARD_AGENT_CONFIG is not set");
  });

  it("says which pod it is, if anything does", () => {
    const pod = { KEYCARD_POD_NAME: "web-1", KEYCARD_POD_NAMESPACE: "shop" };
    expect(readAgentEnvironment({ KEYCARD_AGENT_CONFIG: "{}", ...pod })).toMatchObject({
      podName: "web-1",
      podNamespace: "shop",
    });
    expect(readAgentEnvironment({ KEYCARD_AGENT_CONFIG: "{}" })).toMatchObject({
      podName: "",
      podNamespace: "",
      healthHost: undefined,
      terminationMessagePath: "/dev/termination-log",
    });
  });

  it.each([
    ["NAMESPACE", "shop"],
    ["EMPTY", ""],
    ["NOT_SET", undefined],
    ["toString", undefined],
    ["KEYCARD_AGENT_CONFIG", undefined],
  ])("shows templates %s as %j", (name, value) => {
    const { variables } = readAgentEnvironment({ KEYCARD_AGENT_CONFIG: "{}", NAMESPACE: "shop", EMPTY: "" });
    expect(variables.get(name)).toBe(value);
  });
});
