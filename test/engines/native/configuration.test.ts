import { describe, expect, it } from "vitest";
import { parseAgentConfig } from "../../../src/agent/config.ts";
import type { InjectionRequest, NotifyRequest } from "../../../src/annotations/request.ts";
import type { InjectionPlan } from "../../../src/engines/engine.ts";
import { AGENT_CONFIG_VARIABLE, type AgentConfig } from "../../../src/engines/native/agent-config.ts";
import { agentConfig, podFacts } from "../../../src/engines/native/configuration.ts";
import { nativeEngine } from "../../../src/engines/native/engine.ts";
import { podOf } from "../../injection/pod-builder.ts";
import { requestOf } from "../../injection/request-builder.ts";
import { additionsOf, loginOf, planOf, secretOf } from "../plan-builder.ts";

const { vault, auth, native, templateConfig, agent } = requestOf();

function configOf(request: Partial<InjectionRequest>, plan: Partial<InjectionPlan> = {}): AgentConfig {
  return configFor(planOf(request, plan));
}

function configFor(plan: InjectionPlan): AgentConfig {
  return agentConfig(plan.request, podFacts(plan), ["/vault/secrets"]);
}

describe("the connection to Vault", () => {
  it("has only what was asked for", () => {
    expect(configOf({}).vault).toEqual({
      address: "https://vault.example:8200",
      namespace: "",
      tls: { skipVerify: false },
      proxyAddress: "",
      timeoutSeconds: 60,
    });
  });

  it("has everything that was asked for", () => {
    const pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    const asked = {
      address: "https://v",
      namespace: "team",
      proxyAddress: "http://proxy:3128",
      tlsSkipVerify: true,
      tlsServerName: "vault.internal",
      caCert: "/vault/tls/ca.crt",
      caPath: "/vault/tls",
      clientCert: "/vault/tls/tls.crt",
      clientKey: "/vault/tls/tls.key",
      caCertBytes: Buffer.from(pem).toString("base64"),
      timeout: "1m30s",
    };
    expect(configOf({ vault: { ...vault, ...asked } }).vault).toEqual({
      address: "https://v",
      namespace: "team",
      tls: {
        caCertFile: "/vault/tls/ca.crt",
        caCertDirectory: "/vault/tls",
        caCertBytes: pem,
        clientCertFile: "/vault/tls/tls.crt",
        clientKeyFile: "/vault/tls/tls.key",
        serverName: "vault.internal",
        skipVerify: true,
      },
      proxyAddress: "http://proxy:3128",
      timeoutSeconds: 90,
    });
  });

  it.each([
    ["", 60],
    ["15", 15],
    ["15s", 15],
    ["0", 60],
  ])("client-timeout %j is %d seconds", (timeout, seconds) => {
    expect(configOf({ vault: { ...vault, timeout } }).vault.timeoutSeconds).toBe(seconds);
  });
});

describe("the login", () => {
  it.each([
    ["kubernetes", [], { role: "app", token_path: "/token" }],
    ["kubernetes", [["token_path", "/own"]], { role: "app", token_path: "/own" }],
    ["jwt", [], { path: "/token", role: "app" }],
    ["approle", [["role_id_file_path", "/r"]], { role: "app", role_id_file_path: "/r" }],
  ] as const)("%s with %j", (type, config, expected) => {
    const request = { auth: { ...auth, type, config: new Map<string, string>(config) } };
    expect(configOf(request, { token: { tokenPath: "/token" } }).auth.config).toEqual(expected);
  });

  it("backs off as Vault Agent does unless told otherwise", () => {
    const { minBackoffSeconds, maxBackoffSeconds } = configOf({}).auth;
    expect([minBackoffSeconds, maxBackoffSeconds]).toEqual([1, 300]);
    const told = configOf({ auth: { ...auth, minBackoff: "500ms", maxBackoff: "1m" } }).auth;
    expect([told.minBackoffSeconds, told.maxBackoffSeconds]).toEqual([0.5, 60]);
  });
});

describe("templates", () => {
  const plain = { name: "a", destination: "/vault/secrets/a", errorOnMissingKey: false, mode: 0o644 };
  const braces = { leftDelimiter: "{{", rightDelimiter: "}}" };

  it.each([
    [
      "a default one keeps its own delimiters",
      { leftDelimiter: "[[", rightDelimiter: "]]" },
      { ...plain, ...braces },
    ],
    [
      "an inline one has those that were asked for",
      { template: { kind: "inline", text: "x" }, leftDelimiter: "[[", rightDelimiter: "]]" } as const,
      { ...plain, source: { kind: "inline", text: "x" }, leftDelimiter: "[[", rightDelimiter: "]]" },
    ],
    [
      "one from a file",
      { template: { kind: "file", path: "/t" } } as const,
      { ...plain, ...braces, source: { kind: "file", path: "/t" } },
    ],
    [
      "with permissions and a command",
      { permissions: "0400", command: "reload" },
      { ...plain, ...braces, mode: 0o400, command: "reload" },
    ],
  ])("%s", (_, secret, expected) => {
    expect(configOf({ secrets: [secretOf("a", secret)] }).templates).toEqual([
      { source: expect.anything(), ...expected },
    ]);
  });
});

describe("how the app is told", () => {
  const http = {
    kind: "http",
    method: "PUT",
    url: "http://127.0.0.1:1/",
    timeoutSeconds: 2.5,
    retries: 0,
  } as const;
  const ways = new Map<string, NotifyRequest>([
    ["web", { kind: "restart" }],
    ["main", http],
  ]);
  const config = configOf({
    secrets: [secretOf("web"), secretOf("other")],
    postgres: [loginOf("main"), loginOf("web")],
    native: { ...native, notifyOf: ways },
  });

  it("is said for each secret and login that has a way of its own, whichever has the name", () => {
    expect(config.notify).toEqual({ kind: "none" });
    expect(config.templates.map(({ name, notify }) => [name, notify])).toEqual([
      ["web", { kind: "restart" }],
      ["other", undefined],
    ]);
    expect(config.postgres.map(({ name, notify }) => [name, notify])).toEqual([
      ["main", http],
      ["web", { kind: "restart" }],
    ]);
  });

  it("is read by the agent as it is written", () => {
    expect(parseAgentConfig(JSON.stringify(config))).toEqual(config);
  });
});

describe("times", () => {
  it.each([
    [undefined, 10],
    [30, 10],
    [12, 4],
    [1, 1],
    [0, 1],
    [600, 10],
  ])("with a grace period of %s seconds revoking may take %d", (terminationGracePeriodSeconds, seconds) => {
    const spec = terminationGracePeriodSeconds === undefined ? {} : { terminationGracePeriodSeconds };
    expect(configOf({}, { pod: podOf({}, spec) }).revokeTimeoutSeconds).toBe(seconds);
  });

  it.each([
    ["", 300],
    ["30s", 30],
    ["0s", 300],
  ])("secrets without a lease are read again at the interval %j: every %d seconds", (asked, seconds) => {
    const intervals = { ...templateConfig, staticSecretRenderInterval: asked };
    expect(configOf({ templateConfig: intervals }).staticSecretIntervalSeconds).toBe(seconds);
  });
});

describe("who follows the init container", () => {
  it.each([
    [{ prePopulate: true, prePopulateOnly: false }, false],
    [{ prePopulate: true, prePopulateOnly: true }, true],
    [{ prePopulate: false, prePopulateOnly: false }, false],
  ])("%j: nobody is %s", (containers, initOnly) => {
    expect(configOf(containers).initOnly).toBe(initOnly);
  });
});

describe("the variable in the containers", () => {
  /** What kubelet makes of a value: `$$` is a `$`, and `$(NAME)` would be the value of NAME. */
  function expanded(value: string): string {
    return value.replace(/\$\$|\$\(([^)]*)\)/g, (whole, name: string | undefined) =>
      name === undefined ? "$" : whole,
    );
  }

  it("is what the agent reads, whatever dollars a template has", () => {
    const text = "$(HOME) $$ $x {{ range $k, $v := .Data }}{{ $k }}{{ end }}";
    const plan = planOf({
      secrets: [secretOf("a", { template: { kind: "inline", text } })],
      postgres: [loginOf("main")],
      injectToken: true,
      native: { ...native, notify: { kind: "signal", signal: "SIGHUP", process: "nginx" } },
      agent: { ...agent, logLevel: "warn" },
    });
    const containers = additionsOf(nativeEngine, plan).initContainers;
    const values = containers.map(
      ({ env }) => env?.find(({ name }) => name === AGENT_CONFIG_VARIABLE)?.value ?? "",
    );
    expect(values).toHaveLength(2);
    for (const value of values) {
      const config = parseAgentConfig(expanded(value));
      expect(config).toEqual(configFor(plan));
      expect(config.templates[0]?.source).toEqual({ kind: "inline", text });
      expect(config.tokenFile).toBe("/vault/secrets/token");
    }
  });
});
