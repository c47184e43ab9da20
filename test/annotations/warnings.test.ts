import { describe, expect, test } from "vitest";
import { DROP_IN, HARDENED, NATIVE, read, requestOf, warningsOf } from "./annotated-pod.ts";

test("an ordinary pod is not warned of anything", () => {
  expect(warningsOf({}, NATIVE)).toEqual([]);
  expect(warningsOf({}, DROP_IN)).toEqual([]);
});

describe("an unknown annotation comes with the one that may have been meant", () => {
  test.each([
    ["agent-pre-polulate", "agent-pre-populate"],
    ["agent-limit-cpu", "agent-limits-cpu"],
    ["agent-inject-secert-db", "agent-inject-secret-db"],
    ["agent-inject-templat-my-app", "agent-inject-template-my-app"],
    ["auth-confg-role-id", "auth-config-role-id"],
    ["rloe", "role"],
    ["Role", "role"],
  ])("%s: %s", (written, meant) => {
    expect(warningsOf({ [written]: "x" }, DROP_IN)).toEqual([
      `${written} is unknown and has no effect; did you mean ${meant}?`,
    ]);
  });

  test("under the prefix it was written with, or the one it belongs to", () => {
    const warnings = read(
      {
        "agent-inject": "true",
        role: "shop",
        "agent-inject-token": "true",
        "openbao.org/log-levle": "x",
        "keycard.dev/agent-init-first": "true",
        "vault.hashicorp.com/notify": "none",
        "keycard.dev/postgers-db": "database/creds/x",
      },
      NATIVE,
    ).warnings;
    expect(warnings).toEqual([
      "keycard.dev/agent-init-first is unknown and has no effect; did you mean vault.hashicorp.com/agent-init-first?",
      "keycard.dev/postgers-db is unknown and has no effect; did you mean keycard.dev/postgres-db?",
      "vault.hashicorp.com/notify is unknown and has no effect; did you mean keycard.dev/notify?",
      "openbao.org/log-levle is unknown and has no effect; did you mean openbao.org/log-level?",
    ]);
  });

  test.each(["zzzzzzzz", "x", "completely-different-thing", "__proto__"])("%s: nothing is near", (name) => {
    expect(warningsOf({ [name]: "x" }, DROP_IN)).toEqual([`${name} is unknown and has no effect`]);
  });

  test("but other people's annotations are not ours to judge", () => {
    expect(
      warningsOf({ "vault.hashicorp.com.evil/role": "x", "example.com/agent-inject": "x" }, DROP_IN),
    ).toEqual([]);
  });
});

describe("containers that there are not", () => {
  test("are named, with the nearest there is", () => {
    expect(warningsOf({ "agent-inject-containers": "ap,migrate,zzz" }, DROP_IN)).toEqual([
      'agent-inject-containers "ap" is no container of the pod; did you mean "app"?',
      'agent-inject-containers "migrate" is an init container, which sees the secrets anyway',
      'agent-inject-containers "zzz" is no container of the pod',
    ]);
  });

  test("come of blanks, where blanks count", () => {
    expect(warningsOf({ "agent-inject-containers": "app, side" }, DROP_IN)).toEqual([
      'agent-inject-containers " side" is no container of the pod; did you mean "side"?',
    ]);
    expect(warningsOf({ "agent-inject-containers": "app, side" }, HARDENED)).toEqual([]);
  });

  test("can be all of them", () => {
    expect(warningsOf({ "agent-inject-containers": " , " }, NATIVE)).toEqual([
      "agent-inject-containers selects no container",
    ]);
  });

  test("have no volumes to copy", () => {
    expect(warningsOf({ "agent-copy-volume-mounts": "sied" }, NATIVE)).toEqual([
      'agent-copy-volume-mounts "sied" is no container of the pod; did you mean "side"?',
    ]);
    expect(warningsOf({ "agent-copy-volume-mounts": "migrate" }, NATIVE)).toEqual([]);
  });
});

describe("settings that do nothing together", () => {
  test.each([
    [{ "agent-revoke-grace": "9" }, "agent-revoke-grace has no effect: agent-revoke-on-shutdown is not set"],
    [
      { "agent-cache-exit-on-err": "true" },
      "agent-cache-exit-on-err has no effect: agent-cache-enable is not set",
    ],
    [
      { "agent-cache-listener-port": "1" },
      "agent-cache-listener-port has no effect: agent-cache-enable is not set",
    ],
    [
      { "agent-init-first": "true", "agent-pre-populate": "false" },
      "agent-init-first has no effect: without agent-pre-populate there is no init container",
    ],
    [
      { "agent-pre-populate": "false", "agent-pre-populate-only": "true" },
      "agent-pre-populate-only leaves no agent at all: agent-pre-populate is false",
    ],
    [
      { "agent-pre-populate-only": "true", "agent-revoke-on-shutdown": "true" },
      "agent-revoke-on-shutdown has no effect: agent-pre-populate-only leaves out the sidecar",
    ],
    [
      { "agent-run-as-user": "5", "agent-run-as-same-user": "true" },
      "agent-run-as-user has no effect: agent-run-as-same-user takes the app's",
    ],
    [
      { "agent-run-as-user": "5", "agent-set-security-context": "false" },
      "agent-run-as-user has no effect: agent-set-security-context is false",
    ],
    [{ "ca-cert": "/x", "tls-skip-verify": "true" }, "ca-cert has no effect: tls-skip-verify is true"],
    [
      { "tls-server-name": "x", service: "http://vault:8200" },
      "tls-server-name has no effect: the address of Vault is not https",
    ],
    [{ "client-cert": "/x" }, "client-cert has no effect: client-key is missing"],
    [{ "client-key": "/x" }, "client-key has no effect: client-cert is missing"],
    [{ "keycard.dev/role": "x" }, "role has no effect: keycard.dev/role wins"],
    [{ "agent-configmap": "cm" }, "role has no effect: agent-configmap brings a configuration of its own"],
    [
      { "agent-configmap": "cm" },
      "agent-inject-secret-db and other secrets are not rendered: agent-configmap has the templates",
    ],
    [
      { "agent-inject-default-template": "json", "agent-inject-template-db": "x" },
      "agent-inject-default-template has no effect: no secret uses it",
    ],
    [
      { "agent-template-left-delim-db": "<<" },
      "agent-template-left-delim-db has no effect: the default template has its own delimiters",
    ],
    [
      { "agent-inject-template-db": "x", "agent-inject-template-file-db": "/y" },
      "agent-inject-template-file-db has no effect: agent-inject-template-db wins",
    ],
    [
      { "preserve-secret-case-db": "true", "agent-inject-file-db": "x" },
      "preserve-secret-case-db has no effect: agent-inject-file-db names the file",
    ],
    [
      { "auth-min-backoff": "2m", "auth-max-backoff": "1m" },
      "auth-min-backoff is longer than auth-max-backoff",
    ],
    [{ "agent-request-namespace": "x" }, "agent-request-namespace is deprecated: it has no effect"],
    [
      { "agent-limits-mem": "32Mi" },
      "agent-limits-mem makes Kubernetes refuse the pod: the request 64Mi is more than the limit 32Mi",
    ],
    [
      { "keycard.dev/token-audience": "vault" },
      "keycard.dev/token-audience has no effect: engine vault-agent needs KEYCARD_HARDEN for it",
    ],
  ])("%j", (annotations, warning) => {
    expect(warningsOf(annotations, DROP_IN)).toContain(warning);
  });

  test.each([
    [{ "agent-revoke-grace": "9", "agent-revoke-on-shutdown": "true" }],
    [{ "agent-cache-exit-on-err": "true", "agent-cache-enable": "true" }],
    [{ "agent-cache-listener-port": "1", "agent-enable-quit": "true" }],
    [{ "agent-template-left-delim-db": "<<", "agent-inject-template-db": "<< 1 }}" }],
    [{ "client-cert": "/x", "client-key": "/y" }],
    [{ "agent-limits-mem": "32Mi", "agent-requests-mem": "32Mi" }],
    [{ "auth-min-backoff": "1s", "auth-max-backoff": "1m" }],
  ])("%j is fine", (annotations) => {
    expect(warningsOf(annotations, DROP_IN)).toEqual([]);
  });

  test("a signal to processes of another user", () => {
    const signal = { "keycard.dev/notify": "signal:HUP:nginx" };
    const warning =
      'keycard.dev/notify reaches only processes of the agent\'s user: add agent-run-as-same-user: "true"';
    expect(warningsOf(signal, NATIVE)).toEqual([warning]);
    expect(warningsOf({ ...signal, "agent-run-as-same-user": "true" }, NATIVE)).toEqual([]);
  });

  test("a command without a shell to run it", () => {
    const command = { "agent-inject-command-db": "kill -HUP 1" };
    const warning =
      "agent-inject-command-db runs in the agent's container by /bin/sh; Keycard's image has no shell: " +
      "use keycard.dev/notify or an image with one (keycard.dev/agent-image)";
    expect(warningsOf(command, NATIVE)).toEqual([warning]);
    expect(warningsOf({ "agent-inject-command-db": "" }, NATIVE)).toEqual([]);
    expect(warningsOf({ ...command, "keycard.dev/agent-image": "shop/agent:1" }, NATIVE)).toEqual([]);
    const namespace = { "keycard.dev/agent-image": "shop/agent:1" };
    expect(warningsOf(command, { ...NATIVE, namespace })).toEqual([]);
    expect(warningsOf(command, DROP_IN)).toEqual([]);
  });

  test("no secret at all", () => {
    const nothing = { "agent-inject": "true", role: "shop" };
    expect(read(nothing, NATIVE).warnings).toEqual(["no secret is declared: the agent will only log in"]);
    expect(read({ ...nothing, "agent-cache-enable": "true" }, DROP_IN).warnings).toEqual([]);
  });

  test("are no matter when a Namespace says them for all of its pods", () => {
    const namespace = { "agent-revoke-grace": "9", "client-key": "/x", "agent-enable-quit": "" };
    expect(warningsOf({}, { ...DROP_IN, namespace })).toEqual([]);
  });
});

describe("what only the other engine understands", () => {
  test("is named by engine native, together", () => {
    const annotations = {
      "agent-cache-enable": "true",
      "agent-image": "hashicorp/vault:1.15",
      "agent-telemetry-statsd-address": "x",
      "log-format": "json",
    };
    expect(warningsOf(annotations, NATIVE)).toEqual([
      "engine native does not use agent-cache-enable, agent-image, agent-telemetry-statsd-address, log-format",
    ]);
  });

  test("is named by engine vault-agent", () => {
    expect(warningsOf({ "keycard.dev/notify": "none" }, DROP_IN)).toEqual([
      "engine vault-agent does not use keycard.dev/notify",
    ]);
  });

  test("is named in several warnings when it is much", () => {
    const many = Object.fromEntries(
      Array.from({ length: 30 }, (_, index) => [`agent-telemetry-parameter-${index}`, "x"]),
    );
    const warnings = warningsOf(many, NATIVE);
    expect(warnings.length).toBeGreaterThan(3);
    expect(warnings.join().match(/agent-telemetry-parameter-/g)?.length).toBe(30);
  });
});

test("warnings stay as short as Kubernetes shows them, and few", () => {
  const many = Object.fromEntries(
    Array.from({ length: 300 }, (_, index) => [`unknown-${"x".repeat(200)}-${index}`, "x"]),
  );
  const warnings = warningsOf(many, DROP_IN);
  expect(warnings).toHaveLength(21);
  expect(warnings.at(-1)).toBe("and 280 more warnings");
  expect(Math.max(...warnings.map((text) => text.length))).toBeLessThanOrEqual(240);
});

test("warnings come with a request just as with a denial", () => {
  expect(requestOf({ "agent-limit-cpu": "1" }, NATIVE).engine).toBe("native");
  expect(warningsOf({ "agent-limit-cpu": "1", "agent-init-first": "perhaps" }, NATIVE)).toEqual([
    "agent-limit-cpu is unknown and has no effect; did you mean agent-limits-cpu?",
  ]);
});
