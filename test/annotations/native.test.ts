import { describe, expect, test } from "vitest";
import { complaints, NATIVE, requestOf } from "./annotated-pod.ts";

describe("times", () => {
  test.each([
    ["0", 0],
    ["", 0],
    ["90s", 90],
    ["1m30s", 90],
    ["250ms", 1],
  ])("%j are %i seconds", (text, seconds) => {
    const { native } = requestOf(
      {
        "keycard.dev/verify-interval": text,
        "keycard.dev/rotation-grace": text,
        "keycard.dev/start-timeout": text,
      },
      NATIVE,
    );
    expect([native.verifyIntervalSeconds, native.rotationGraceSeconds, native.startTimeoutSeconds]).toEqual(
      Array(3).fill(seconds),
    );
  });

  test.each(["60", "-1s", "1d"])("%j are refused", (text) => {
    expect(complaints({ "keycard.dev/rotation-grace": text }, NATIVE)).toEqual([
      expect.stringContaining("keycard.dev/rotation-grace: expected a duration"),
    ]);
  });
});

describe("revoking at the end", () => {
  test.each([
    ["is the default", {}, true],
    ["can be turned off", { "keycard.dev/revoke-on-shutdown": "false" }, false],
    ["follows the Vault Agent Injector's annotation", { "agent-revoke-on-shutdown": "false" }, false],
    [
      "follows Keycard's own before that",
      { "keycard.dev/revoke-on-shutdown": "true", "agent-revoke-on-shutdown": "false" },
      true,
    ],
  ])("%s", (_, annotations, revoke) => {
    expect(requestOf(annotations, NATIVE).native.revoke).toBe(revoke);
  });

  test("does not follow the operator's setting for Vault Agent", () => {
    expect(requestOf({}, { settings: { ...NATIVE.settings, revokeOnShutdown: false } }).native.revoke).toBe(
      true,
    );
  });
});

describe("the init container", () => {
  test.each([
    ["is there by default", {}, true],
    ["can be left out", { "keycard.dev/init-container": "false" }, false],
    [
      "stays without a native sidecar",
      { "keycard.dev/init-container": "false", "keycard.dev/native-sidecar": "false" },
      true,
    ],
    [
      "stays where the pod restarts in place",
      { "keycard.dev/init-container": "false", "keycard.dev/notify": "restart" },
      true,
    ],
    [
      "stays where it is all there is",
      { "keycard.dev/init-container": "false", "agent-pre-populate-only": "true" },
      true,
    ],
  ])("%s", (_, annotations, there) => {
    expect(requestOf(annotations, NATIVE).native.initContainer).toBe(there);
  });

  test.each([
    ["30s", 30],
    ["2m", 60],
    ["0s", 60],
  ])("left out, a start timeout of %s counts as %i seconds", (written, seconds) => {
    const annotations = { "keycard.dev/init-container": "false", "keycard.dev/start-timeout": written };
    expect(requestOf(annotations, NATIVE).native.startTimeoutSeconds).toBe(seconds);
  });

  test("can be left out by the operator", () => {
    const settings = { ...NATIVE.settings, initContainer: false };
    expect(requestOf({}, { settings }).native.initContainer).toBe(false);
    const own = { "keycard.dev/init-container": "true" };
    expect(requestOf(own, { settings }).native.initContainer).toBe(true);
  });
});

test.each([
  ["0", 0],
  ["8080", 8080],
])("health port %s", (text, port) => {
  expect(requestOf({ "keycard.dev/health-port": text }, NATIVE).native.healthPort).toBe(port);
});

test.each(["http", "65536", "-1", ""])("health port %j is refused", (text) => {
  expect(complaints({ "keycard.dev/health-port": text }, NATIVE)).toEqual([
    `keycard.dev/health-port: expected a port from 1 to 65535, or 0 for none, got "${text}"`,
  ]);
});

test("the sidecar's kind is the operator's choice unless the pod says", () => {
  const settings = { ...NATIVE.settings, nativeSidecar: false };
  expect(requestOf({}, { settings }).native.sidecar).toBe(false);
  expect(requestOf({ "keycard.dev/native-sidecar": "true" }, { settings }).native.sidecar).toBe(true);
});

test("an engine that there is not is refused", () => {
  expect(complaints({ "keycard.dev/engine": "steam" }, NATIVE)).toEqual([
    'keycard.dev/engine: expected native or vault-agent, got "steam"',
  ]);
});
