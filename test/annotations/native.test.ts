import { describe, expect, test } from "vitest";
import { parseNotify } from "../../src/annotations/notify.ts";
import { complaints, DROP_IN, NATIVE, requestOf } from "./annotated-pod.ts";

describe("telling the app", () => {
  test.each([
    ["none", { kind: "none" }],
    ["signal:HUP:nginx", { kind: "signal", signal: "SIGHUP", process: "nginx" }],
    ["signal:sigusr1:my-app_2.0", { kind: "signal", signal: "SIGUSR1", process: "my-app_2.0" }],
    ["http://127.0.0.1:8080/-/reload?x=1", { kind: "http", url: "http://127.0.0.1:8080/-/reload?x=1" }],
    ["http://localhost:9090", { kind: "http", url: "http://localhost:9090" }],
    ["http://[::1]:1/", { kind: "http", url: "http://[::1]:1/" }],
  ])("%s", (text, notify) => {
    expect(parseNotify(text)).toEqual(notify);
  });

  test.each([
    "",
    "NONE",
    "HUP",
    "signal:HUP",
    "signal:HUP:",
    "signal:KILL:nginx",
    "signal:STOP:nginx",
    "signal:HUP:a:b",
    "signal:HUP:a b",
    "signal:HUP:../x",
    "http://10.0.0.1:8080/",
    "http://127.0.0.1/reload",
    "http://127.0.0.1:0/",
    "http://127.0.0.1:65536/",
    "http://127.0.0.1:80@evil.com/",
    "http://user:pass@127.0.0.1:80/",
    "http://localhost.evil.com:80/",
    "https://127.0.0.1:8443/",
    "http://127.0.0.1:80/a b",
  ])("not %j", (text) => {
    expect(parseNotify(text)).toBeUndefined();
  });

  test("in a way that there is not is refused", () => {
    expect(complaints({ "keycard.dev/notify": "smoke" }, NATIVE)).toEqual([
      'keycard.dev/notify: expected none, signal:SIGNAL:PROCESS such as signal:HUP:nginx, or http://127.0.0.1:PORT/PATH, got "smoke"',
    ]);
  });

  test("by a signal shares the process namespace, and cannot be had without", () => {
    const signal = { "keycard.dev/notify": "signal:HUP:nginx", "agent-run-as-user": "101" };
    expect(requestOf(signal, NATIVE).shareProcessNamespace).toBe(true);
    expect(complaints({ ...signal, "agent-share-process-namespace": "false" }, NATIVE)).toEqual([
      'agent-share-process-namespace: keycard.dev/notify with a signal needs true, got "false"',
    ]);
    expect(
      requestOf({ "keycard.dev/notify": "signal:HUP:nginx" }, DROP_IN).shareProcessNamespace,
    ).toBeUndefined();
  });
});

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
