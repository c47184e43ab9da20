import { describe, expect, test } from "vitest";
import type { InjectionRequest } from "../../src/annotations/request.ts";
import type { InjectionSettings } from "../../src/annotations/settings.ts";
import { DROP_IN, NATIVE, problemsOf, requestOf, warningsOf } from "./annotated-pod.ts";

describe("what holds when an annotation is missing", () => {
  test("engine vault-agent: the Vault Agent Injector's compiled-in defaults", () => {
    expect(requestOf({}, DROP_IN)).toMatchObject({
      engine: "vault-agent",
      prePopulate: true,
      prePopulateOnly: false,
      initFirst: false,
      containers: undefined,
      shareProcessNamespace: undefined,
      revokeOnShutdown: false,
      revokeGraceSeconds: 5,
      enableQuit: false,
      defaultTemplate: "map",
      secretVolumePath: "/vault/secrets",
      injectToken: false,
      vault: { namespace: "", tlsSkipVerify: false, caCert: "", maxRetries: "", timeout: "" },
      auth: { type: "kubernetes", path: "auth/kubernetes", role: "shop", minBackoff: "", exitOnError: false },
      agent: {
        image: "hashicorp/vault:2.0.4",
        requests: { cpu: "250m", memory: "64Mi", ephemeralStorage: "" },
        limits: { cpu: "500m", memory: "128Mi", ephemeralStorage: "" },
        runAsUser: 100,
        runAsGroup: 1000,
        runAsSameUser: false,
        setSecurityContext: true,
        logLevel: "info",
        logFormat: "standard",
        goMaxProcs: "",
        configMap: "",
        sidecarPatch: undefined,
      },
      templateConfig: {
        exitOnRetryFailure: true,
        staticSecretRenderInterval: "",
        maxConnectionsPerHost: 0,
        leaseRenewalThreshold: 0,
      },
      disableIdleConnections: [],
      disableKeepAlives: [],
      cache: { enable: false, useAutoAuthToken: "true", listenerPort: "8200", exitOnError: false },
    });
  });

  test("engine native: its own image and smaller resources, revoking, health checks", () => {
    expect(requestOf({}, NATIVE)).toMatchObject({
      engine: "native",
      agent: {
        image: "keycard:latest",
        requests: { cpu: "10m", memory: "48Mi" },
        limits: { cpu: "", memory: "128Mi" },
      },
      native: {
        sidecar: true,
        initContainer: true,
        notify: { kind: "none" },
        notifyOf: new Map(),
        variables: [],
        verifyIntervalSeconds: 60,
        rotationGraceSeconds: 60,
        startTimeoutSeconds: 60,
        revoke: true,
        healthPort: 8199,
        healthPortIsNamed: false,
      },
    });
  });
});

type Read = (request: InjectionRequest) => unknown;

/** Annotation, its value on pod and Namespace, the operator's setting, and where it ends in the request. */
const LAYERED: readonly (readonly [string, string, string, Partial<InjectionSettings>, unknown, Read])[] = [
  ["service", "http://a", "http://b", { vaultAddress: "http://c" }, "http://c", (r) => r.vault.address],
  ["namespace", "a", "b", { vaultNamespace: "c" }, "c", (r) => r.vault.namespace],
  ["proxy-address", "a:1", "b:1", { proxyAddress: "c:1" }, "c:1", (r) => r.vault.proxyAddress],
  ["auth-path", "auth/a", "auth/b", { authPath: "auth/c" }, "auth/c", (r) => r.auth.path],
  ["auth-type", "jwt", "cert", { authType: "approle" }, "approle", (r) => r.auth.type],
  ["auth-min-backoff", "1s", "2s", { authMinBackoff: "3s" }, "3s", (r) => r.auth.minBackoff],
  ["auth-max-backoff", "1m", "2m", { authMaxBackoff: "3m" }, "3m", (r) => r.auth.maxBackoff],
  ["agent-image", "a", "b", { vaultImage: "c" }, "c", (r) => r.agent.image],
  [
    "agent-inject-default-template",
    "json",
    "json",
    { defaultTemplate: "json" },
    "json",
    (r) => r.defaultTemplate,
  ],
  [
    "template-static-secret-render-interval",
    "1m",
    "2m",
    { staticSecretRenderInterval: "3m" },
    "3m",
    (r) => r.templateConfig.staticSecretRenderInterval,
  ],
];

describe("pod, then Namespace, then setting", () => {
  test.each(LAYERED)("%s", (name, onPod, onNamespace, settings, ofSetting, at) => {
    const around = { settings: { ...DROP_IN.settings, ...settings } };
    expect(at(requestOf({}, around))).toBe(ofSetting);
    expect(at(requestOf({}, { ...around, namespace: { [name]: onNamespace } }))).toBe(onNamespace);
    expect(at(requestOf({ [name]: onPod }, { ...around, namespace: { [name]: onNamespace } }))).toBe(onPod);
  });

  test("numbers and switches come in the same way", () => {
    const settings = {
      ...DROP_IN.settings,
      runAsUser: "7",
      runAsGroup: "8",
      runAsSameUser: true,
      revokeOnShutdown: true,
      exitOnRetryFailure: false,
      maxConnectionsPerHost: 9,
      leaseRenewalThreshold: 0.5,
      requests: { cpu: "1m", memory: "2Mi", ephemeralStorage: "3Mi" },
      disableKeepAlives: "auto-auth,templating",
    };
    expect(requestOf({}, { settings })).toMatchObject({
      revokeOnShutdown: true,
      agent: {
        runAsUser: 7,
        runAsGroup: 8,
        runAsSameUser: true,
        requests: { cpu: "1m", memory: "2Mi", ephemeralStorage: "3Mi" },
      },
      templateConfig: { exitOnRetryFailure: false, maxConnectionsPerHost: 9, leaseRenewalThreshold: 0.5 },
      disableKeepAlives: ["auto-auth", "templating"],
    });
  });

  test("an empty value on the pod beats Namespace and setting", () => {
    const around = {
      settings: { ...DROP_IN.settings, vaultNamespace: "c", authMinBackoff: "3s" },
      namespace: { namespace: "b", "auth-min-backoff": "2s" },
    };
    const request = requestOf({ namespace: "", "auth-min-backoff": "", "agent-limits-cpu": "" }, around);
    expect([request.vault.namespace, request.auth.minBackoff, request.agent.limits.cpu]).toEqual([
      "",
      "",
      "",
    ]);
  });

  test("the role and the engine of a whole Namespace", () => {
    const namespace = { "keycard.dev/role": "team", "keycard.dev/engine": "native" };
    expect(requestOf({ role: "pod" }, { ...DROP_IN, namespace })).toMatchObject({
      engine: "native",
      auth: { role: "team" },
    });
  });

  test("parameters of the auth method are mixed, one by one", () => {
    const namespace = { "auth-config-role-id-file-path": "/ns", "auth-config-remove": "true" };
    const { auth } = requestOf({ "auth-config-role-id-file-path": "/pod" }, { ...DROP_IN, namespace });
    expect([...auth.config]).toEqual([
      ["remove", "true"],
      ["role_id_file_path", "/pod"],
    ]);
  });

  test("secrets, logins and containers stay the pod's own affair, and a Namespace that says so hears of it", () => {
    const namespace = {
      "agent-inject-secret-x": "kv/x",
      "keycard.dev/postgres-y": "database/creds/y",
      "secret-volume-path-db": "/elsewhere",
      "agent-inject-containers": "side",
    };
    const request = requestOf({}, { ...NATIVE, namespace });
    expect(request.secrets.map(({ name, directory }) => [name, directory])).toEqual([
      ["db", "/vault/secrets"],
    ]);
    expect([request.postgres, request.containers]).toEqual([[], undefined]);
    expect(warningsOf({}, { ...NATIVE, namespace })).toContain(
      "agent-inject-secret-x has no effect on a Namespace: write it on the pod",
    );
  });

  test("a mistake on the Namespace says where it is", () => {
    expect(problemsOf({}, { ...DROP_IN, namespace: { "agent-run-as-user": "root" } })).toEqual([
      {
        annotation: "vault.hashicorp.com/agent-run-as-user",
        message: 'on the Namespace: expected a whole number, got "root"',
      },
    ]);
  });

  test("a mistake in a setting names the annotation that it is the default of", () => {
    const settings = { ...DROP_IN.settings, runAsUser: "root" };
    expect(problemsOf({}, { settings })).toEqual([
      {
        annotation: "",
        message: 'the operator\'s default of agent-run-as-user is wrong: expected a whole number, got "root"',
      },
    ]);
  });
});
