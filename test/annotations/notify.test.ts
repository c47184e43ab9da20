import { describe, expect, test } from "vitest";
import { parseNotify } from "../../src/annotations/notify.ts";
import { complaints, DROP_IN, NATIVE, requestOf, type Surroundings, warningsOf } from "./annotated-pod.ts";

const http = (url: string, others: object = {}) => ({
  kind: "http",
  method: "POST",
  url,
  timeoutSeconds: 5,
  retries: 4,
  ...others,
});

describe("telling the app", () => {
  test.each([
    ["none", { kind: "none" }],
    ["restart", { kind: "restart" }],
    ["signal:HUP:nginx", { kind: "signal", signal: "SIGHUP", process: "nginx" }],
    ["signal:sigusr1:my-app_2.0", { kind: "signal", signal: "SIGUSR1", process: "my-app_2.0" }],
    ["http://127.0.0.1:8080/-/reload?x=1", http("http://127.0.0.1:8080/-/reload?x=1")],
    ["http://localhost:9090", http("http://localhost:9090")],
    ["http://[::1]:1/", http("http://[::1]:1/")],
    ["PUT http://127.0.0.1:80/a=b", http("http://127.0.0.1:80/a=b", { method: "PUT" })],
    ["http://127.0.0.1:80/ timeout=250ms", http("http://127.0.0.1:80/", { timeoutSeconds: 0.25 })],
    [
      "GET http://127.0.0.1:80/ retries=0 timeout=1m",
      http("http://127.0.0.1:80/", { method: "GET", timeoutSeconds: 60, retries: 0 }),
    ],
  ])("%s", (text, notify) => {
    expect(parseNotify(text)).toEqual(notify);
  });

  test.each([
    "",
    "NONE",
    "restart:app",
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
    "http://127.0.0.1:80/\r\nHost: x",
    "POST",
    "post http://127.0.0.1:80/",
    "CONNECT http://127.0.0.1:80/",
    "POST  http://127.0.0.1:80/",
    "http://127.0.0.1:80/ timeout",
    "http://127.0.0.1:80/ timeout=",
    "http://127.0.0.1:80/ timeout=5",
    "http://127.0.0.1:80/ timeout=0s",
    "http://127.0.0.1:80/ timeout=-5s",
    "http://127.0.0.1:80/ timeout=61s",
    "http://127.0.0.1:80/ timeout=1s timeout=2s",
    "http://127.0.0.1:80/ retries=21",
    "http://127.0.0.1:80/ retries=-1",
    "http://127.0.0.1:80/ retries=1e1",
    "http://127.0.0.1:80/ retry=1",
    "http://127.0.0.1:80/ __proto__=1",
    "http://127.0.0.1:80/ ",
  ])("not %j", (text) => {
    expect(parseNotify(text)).toBeUndefined();
  });

  test("in a way that there is not is refused, wherever it stands", () => {
    const wrong = { "keycard.dev/notify": "smoke", "keycard.dev/notify-db": "fire" };
    expect(complaints(wrong, NATIVE)).toEqual([
      expect.stringMatching(/^keycard\.dev\/notify: expected none, restart, signal:.*, got "smoke"$/),
      expect.stringMatching(/^keycard\.dev\/notify-db: expected none, restart, signal:.*, got "fire"$/),
    ]);
    expect(complaints({}, { ...NATIVE, namespace: { "keycard.dev/notify": "smoke" } })).toEqual([
      expect.stringContaining("keycard.dev/notify: on the Namespace: expected none"),
    ]);
  });

  test("by a signal shares the process namespace, and cannot be had without", () => {
    for (const name of ["keycard.dev/notify", "keycard.dev/notify-db"]) {
      const signal = { [name]: "signal:HUP:nginx", "agent-run-as-user": "101" };
      expect(requestOf(signal, NATIVE).shareProcessNamespace).toBe(true);
      expect(complaints({ ...signal, "agent-share-process-namespace": "false" }, NATIVE)).toEqual([
        'agent-share-process-namespace: keycard.dev/notify with a signal needs true, got "false"',
      ]);
      expect(requestOf({ [name]: "signal:HUP:nginx" }, DROP_IN).shareProcessNamespace).toBeUndefined();
    }
  });
});

describe("telling the app of one secret", () => {
  test("is apart from what holds for the others", () => {
    const { native } = requestOf(
      {
        "keycard.dev/notify": "signal:HUP:nginx",
        "keycard.dev/notify-db": "none",
        "keycard.dev/postgres-orders": "database/creds/orders",
        "keycard.dev/notify-orders": "http://127.0.0.1:80/",
        "agent-run-as-user": "101",
      },
      NATIVE,
    );
    expect(native.notify.kind).toBe("signal");
    expect([...native.notifyOf]).toEqual([
      ["db", { kind: "none" }],
      ["orders", http("http://127.0.0.1:80/")],
    ]);
  });

  test("needs one of that name", () => {
    expect(complaints({ "keycard.dev/notify-bd": "none" }, NATIVE)).toEqual([
      'keycard.dev/notify-bd: no secret or login "bd" is declared: ' +
        "add keycard.dev/postgres-bd or vault.hashicorp.com/agent-inject-secret-bd with its Vault path",
    ]);
  });

  test("is no default that a Namespace can give", () => {
    const namespace = { "keycard.dev/notify-db": "signal:HUP:nginx" };
    expect(requestOf({}, { ...NATIVE, namespace }).native.notifyOf.size).toBe(0);
  });

  test("is for engine native", () => {
    const annotations = { "keycard.dev/notify-db": "smoke" };
    expect(warningsOf(annotations, DROP_IN)).toEqual([
      "engine vault-agent does not use keycard.dev/notify-db",
    ]);
  });
});

describe("a restart in place", () => {
  const around = (settings: Surroundings["settings"]): Surroundings => ({
    settings: { ...NATIVE.settings, ...settings },
  });

  test.each(["keycard.dev/notify", "keycard.dev/notify-db"])("can be asked for by %s", (name) => {
    expect(complaints({ [name]: "restart" }, NATIVE)).toEqual([]);
  });

  test("needs a cluster that can, and says since when they do", () => {
    expect(complaints({ "keycard.dev/notify-db": "restart" }, around({ restartInPlace: false }))).toEqual([
      expect.stringMatching(/^keycard\.dev\/notify-db: this cluster .* 1\.36.* KEYCARD_RESTART_IN_PLACE/),
    ]);
  });

  test.each([
    [
      { "keycard.dev/native-sidecar": "false" },
      'keycard.dev/notify: restart needs the sidecar to be an init container: add keycard.dev/native-sidecar: "true"',
    ],
    [
      { "agent-pre-populate": "false" },
      "keycard.dev/notify: restart needs the init container: remove agent-pre-populate",
    ],
  ])("cannot be had with %j", (annotations, complaint) => {
    expect(complaints({ "keycard.dev/notify": "restart", ...annotations }, NATIVE)).toEqual([complaint]);
  });
});

describe("what has no effect", () => {
  test.each([
    ["keycard.dev/notify", "signal:HUP:nginx"],
    ["keycard.dev/notify-db", "signal:HUP:nginx"],
  ])("%s by a signal to processes of another user", (name, value) => {
    const says = `${name} reaches only processes of the agent's user: add agent-run-as-same-user: "true"`;
    expect(warningsOf({ [name]: value }, NATIVE)).toEqual([says]);
    expect(warningsOf({ [name]: value, "agent-run-as-user": "101" }, NATIVE)).toEqual([]);
    expect(warningsOf({ [name]: "none" }, NATIVE)).toEqual([]);
  });

  test.each(["keycard.dev/notify", "keycard.dev/notify-db"])("%s without a sidecar", (name) => {
    const annotations = { [name]: "http://127.0.0.1:80/", "agent-pre-populate-only": "true" };
    expect(warningsOf(annotations, NATIVE)).toEqual([
      `${name} has no effect: agent-pre-populate-only leaves out the sidecar`,
    ]);
  });
});
