import { describe, expect, test } from "vitest";
import {
  complaints,
  DROP_IN,
  HARDENED,
  NATIVE,
  readInjected,
  requestOf,
  warningsOf,
} from "./annotated-pod.ts";

describe("engine vault-agent reads values as the Vault Agent Injector does", () => {
  test("an empty switch means false, and is remarked on", () => {
    const names = [
      "agent-pre-populate",
      "template-config-exit-on-retry-failure",
      "agent-set-security-context",
    ];
    const empty = Object.fromEntries(names.map((name) => [name, ""]));
    const request = requestOf(empty, DROP_IN);
    expect([
      request.prePopulate,
      request.templateConfig.exitOnRetryFailure,
      request.agent.setSecurityContext,
    ]).toEqual([false, false, false]);
    expect(warningsOf(empty, DROP_IN)).toEqual(
      expect.arrayContaining(names.map((name) => `${name} is empty, which means false`)),
    );
  });

  test.each([
    ["agent-init-first", "tRuE", 'expected true or false, got "tRuE"'],
    ["agent-pre-populate", "yes", 'expected true or false, got "yes"'],
    ["tls-skip-verify", "on", 'expected true or false, got "on"'],
    ["agent-share-process-namespace", "x", 'expected true or false, got "x"'],
    ["agent-run-as-user", "root", 'expected a whole number, got "root"'],
    ["template-max-connections-per-host", "many", 'expected a whole number, got "many"'],
    ["agent-revoke-grace", "5s", 'expected a whole number without a unit, got "5s"'],
    ["agent-revoke-grace", "", 'expected a whole number without a unit, got ""'],
    ["agent-revoke-grace", "-1", 'expected a whole number without a unit, got "-1"'],
    ["template-lease-renewal-threshold", "", 'expected a number, got ""'],
    ["template-lease-renewal-threshold", "NaN", 'expected a number, got "NaN"'],
    ["auth-min-backoff", "5", 'expected a duration such as 30s or 1m30s, got "5"'],
    ["auth-max-backoff", "soon", 'expected a duration such as 30s or 1m30s, got "soon"'],
    ["agent-limits-cpu", "lots", 'expected a quantity such as 250m or 64Mi, got "lots"'],
    ["agent-inject-default-template", "xml", 'expected map or json, got "xml"'],
    ["agent-inject-default-template", "", 'expected map or json, got ""'],
    ["agent-request-namespace", "", "expected a Namespace, got nothing: remove the annotation"],
    ["service", "", "no address of Vault: expected a value, got nothing"],
    ["auth-type", "", "no auth type: expected a value, got nothing"],
    ["auth-path", "", "no auth path: expected a value, got nothing"],
    ["agent-image", "", "no image for the agent: expected a value, got nothing"],
    ["role", "", "no Vault role to log in with: expected a value, got nothing"],
  ])("%s: %j is refused", (name, value, message) => {
    expect(complaints({ [name]: value }, DROP_IN)).toEqual([`${name}: ${message}`]);
  });

  test.each([
    ["agent-run-as-user", "-1", -1, (r: ReturnType<typeof requestOf>) => r.agent.runAsUser],
    ["template-max-connections-per-host", "", 0, (r) => r.templateConfig.maxConnectionsPerHost],
    ["template-lease-renewal-threshold", "0.75", 0.75, (r) => r.templateConfig.leaseRenewalThreshold],
    ["agent-revoke-grace", "01", 1, (r) => r.revokeGraceSeconds],
    ["agent-inject-default-template", "JSON", "json", (r) => r.defaultTemplate],
    ["auth-min-backoff", "-1s", "-1s", (r) => r.auth.minBackoff],
    ["log-level", "shout", "shout", (r) => r.agent.logLevel],
    ["log-level", "", "", (r) => r.agent.logLevel],
    ["agent-cache-listener-port", "http", "http", (r) => r.cache.listenerPort],
    ["agent-inject-perms-db", "rw-r--r--", "rw-r--r--", (r) => r.secrets[0]?.permissions],
    ["agent-inject-perms-db", "", undefined, (r) => r.secrets[0]?.permissions],
    ["agent-limits-mem", "1024Mi", "1Gi", (r) => r.agent.limits.memory],
    ["agent-limits-mem", "", "", (r) => r.agent.limits.memory],
    ["agent-share-process-namespace", "false", false, (r) => r.shareProcessNamespace],
    ["agent-disable-idle-connections", "", [], (r) => r.disableIdleConnections],
    [
      "agent-disable-idle-connections",
      "auto-auth, caching",
      ["auto-auth", " caching"],
      (r) => r.disableIdleConnections,
    ],
    ["agent-inject-containers", "app, side", ["app", " side"], (r) => r.containers],
    ["agent-inject-containers", "", [""], (r) => r.containers],
    ["agent-cache-use-auto-auth-token", "", "", (r) => r.cache.useAutoAuthToken],
    ["agent-json-patch", "", undefined, (r) => r.agent.sidecarPatch],
    ["agent-json-patch", "null", undefined, (r) => r.agent.sidecarPatch],
    ["agent-json-patch", "[]", [], (r) => r.agent.sidecarPatch],
  ] satisfies [string, string, unknown, (request: ReturnType<typeof requestOf>) => unknown][])(
    "%s: %j is taken",
    (name, value, expected, at) => {
      expect(at(requestOf({ [name]: value }, DROP_IN))).toEqual(expected);
    },
  );

  test("an empty user or group is refused where the Vault Agent Injector took it for root", () => {
    expect(complaints({ "agent-run-as-user": "", "agent-run-as-group": "" }, DROP_IN)).toEqual([
      'agent-run-as-user: expected a whole number, got ""',
      'agent-run-as-group: expected a whole number, got ""',
    ]);
  });

  test.each([
    ["{}", "expected a JSON array of operations"],
    ["[1]", "expected a JSON array of operations"],
    ["[{]", "expected a JSON array of operations"],
    [`[{"op": "add", "path": "/x", "value": ${"[".repeat(200)}${"]".repeat(200)}}]`, "is nested deeper than"],
  ])("the JSON patch %s is refused", (value, message) => {
    for (const name of ["agent-json-patch", "agent-init-json-patch"]) {
      expect(complaints({ [name]: value }, DROP_IN)).toEqual([
        expect.stringContaining(`${name}: ${message}`),
      ]);
    }
  });

  test("a written id turns the security context on where the setting has it off", () => {
    const settings = { ...DROP_IN.settings, setSecurityContext: false };
    const contextWith = (annotations: Record<string, string>) =>
      requestOf(annotations, { settings }).agent.setSecurityContext;
    expect(contextWith({})).toBe(false);
    expect(contextWith({ "agent-run-as-user": "5" })).toBe(true);
    expect(contextWith({ "agent-run-as-same-user": "false" })).toBe(true);
    expect(contextWith({ "agent-run-as-user": "5", "agent-set-security-context": "false" })).toBe(false);
  });

  test("every mistake is told at once", () => {
    const wrong = {
      role: "",
      "agent-pre-populate": "yes",
      "agent-run-as-user": "root",
      "agent-limits-cpu": "lots",
      "auth-min-backoff": "5",
      "agent-json-patch": "{",
    };
    expect(complaints(wrong, DROP_IN).map((text) => text.split(":")[0])).toEqual(
      expect.arrayContaining(Object.keys(wrong)),
    );
  });
});

describe.each([
  ["engine native", NATIVE],
  ["engine vault-agent, hardened,", HARDENED],
])("%s", (_, around) => {
  test.each([
    ["agent-inject-perms-db", "rw-r--r--", 'expected octal permissions from 0000 to 0777, got "rw-r--r--"'],
    ["agent-inject-perms-db", "0888", 'expected octal permissions from 0000 to 0777, got "0888"'],
    ["agent-inject-perms-db", "4755", 'expected octal permissions from 0000 to 0777, got "4755"'],
    ["log-level", "shout", 'expected trace, debug, info, warn or error, got "shout"'],
    ["agent-run-as-user", "-1", 'expected a numeric id from 0 to 2147483647, got "-1"'],
    ["agent-run-as-group", "4294967296", 'expected a numeric id from 0 to 2147483647, got "4294967296"'],
    ["agent-limits-cpu", "-1", 'expected a quantity that is not negative, got "-1"'],
    ["auth-min-backoff", "-1s", 'expected a duration that is not negative, such as 30s, got "-1s"'],
    ["client-timeout", "soon", 'expected a duration such as 5m, or a number of seconds, got "soon"'],
    ["secret-volume-path", "secrets", 'expected an absolute path, got "secrets"'],
    ["tls-secret", "No Name", 'expected the name of a Kubernetes object, got "No Name"'],
    ["proxy-address", "a b", 'expected an address such as http://proxy.example.com:3128, got "a b"'],
  ])("refuses %s: %j", (name, value, message) => {
    expect(complaints({ [name]: value }, around)).toEqual([`${name}: ${message}`]);
  });

  test.each(["vault:8200", "https://user:pass@vault:8200", "ftp://vault", "https://"])(
    "refuses %s for Vault",
    (value) => {
      expect(complaints({ service: value }, around)).toEqual([
        expect.stringContaining("service: expected an address such as https://vault.example.com:8200"),
      ]);
    },
  );

  test("trims lists", () => {
    expect(requestOf({ "agent-inject-containers": " app, side ,," }, around).containers).toEqual([
      "app",
      "side",
    ]);
  });

  test("refuses a written request above a written limit", () => {
    const written = { "agent-requests-mem": "1Gi", "agent-limits-mem": "512Mi" };
    expect(complaints(written, around)).toEqual(["agent-requests-mem: 1Gi is more than the limit, 512Mi"]);
    expect(readInjected(written, around).warnings).toEqual([]);
  });

  test("lets the default of one follow the other that was written", () => {
    expect(requestOf({ "agent-requests-mem": "1Gi" }, around).agent).toMatchObject({
      requests: { memory: "1Gi" },
      limits: { memory: "1Gi" },
    });
    expect(requestOf({ "agent-limits-mem": "16Mi" }, around).agent).toMatchObject({
      requests: { memory: "16Mi" },
      limits: { memory: "16Mi" },
    });
  });
});

describe("engine vault-agent, hardened,", () => {
  test.each([
    ["agent-cache-listener-port", "http"],
    ["agent-cache-listener-port", "65536"],
    ["agent-cache-use-auto-auth-token", "maybe"],
    ["log-format", "xml"],
    ["go-max-procs", "many"],
    ["client-max-retries", "-1"],
    ["template-lease-renewal-threshold", "1.5"],
  ])("refuses %s: %j", (name, value) => {
    expect(complaints({ [name]: value }, HARDENED)).toEqual([expect.stringContaining(`${name}: expected `)]);
  });

  test("takes what it refuses no less when it comes from the operator", () => {
    const settings = { ...HARDENED.settings, leaseRenewalThreshold: 0.9, staticSecretRenderInterval: "60" };
    expect(requestOf({}, { settings }).templateConfig).toMatchObject({
      leaseRenewalThreshold: 0.9,
      staticSecretRenderInterval: "60",
    });
  });
});

describe("engine native", () => {
  test.each([
    ["WARNING", "warn"],
    ["err", "error"],
    ["notice", "info"],
    ["", "info"],
    ["Trace", "trace"],
  ])("calls the log level %j %s", (written, level) => {
    expect(requestOf({ "log-level": written }, NATIVE).agent.logLevel).toBe(level);
  });

  test("knows only the ways to log in that it has", () => {
    expect(complaints({ "auth-type": "oci" }, NATIVE)).toEqual([
      expect.stringMatching(/^auth-type: engine native knows the auth types .*approle.*, not "oci"$/),
    ]);
    expect(complaints({ "auth-type": "oci" }, DROP_IN)).toEqual([]);
  });

  test("has its own image, and leaves Vault's to Vault Agent", () => {
    const annotations = { "agent-image": "hashicorp/vault:1.15", "keycard.dev/agent-image": "keycard:2" };
    expect(requestOf(annotations, NATIVE).agent.image).toBe("keycard:2");
    expect(requestOf(annotations, DROP_IN).agent.image).toBe("hashicorp/vault:1.15");
  });

  test("does not trip over values that only Vault Agent would read", () => {
    const annotations = { "agent-cache-enable": "perhaps", "agent-telemetry-disable_hostname": "7" };
    expect(complaints(annotations, NATIVE)).toEqual([]);
  });
});

describe("a value in a message", () => {
  test("is cut short, so that a message holds no secret as a whole", () => {
    const token = `hvs.${"A1b2".repeat(30)}`;
    const [complaint = ""] = complaints({ "agent-pre-populate": token }, DROP_IN);
    expect(complaint).toContain("(124 characters)");
    expect(complaint).not.toContain(token.slice(0, 60));
  });

  test("cannot steer the terminal that shows it", () => {
    expect(complaints({ "agent-pre-populate": "a\u001b[31m\u202eb\nc" }, DROP_IN)).toEqual([
      'agent-pre-populate: expected true or false, got "a\\u{1b}[31m\\u{202e}b\\u{a}c"',
    ]);
  });
});
