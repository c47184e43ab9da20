import { describe, expect, it } from "vitest";
import { SettingsError } from "../../src/settings/reading.ts";
import { webhookSettings, webhookTable } from "../../src/settings/webhook.ts";

const HOSTS = { AGENT_INJECT_TLS_AUTO_HOSTS: "keycard.keycard.svc" };
const VAULT = { ...HOSTS, AGENT_INJECT_VAULT_ADDR: "https://vault.vault.svc:8200" };

function mistakesOf(args: readonly string[], env: Record<string, string>): readonly string[] {
  try {
    webhookSettings(args, env, "webhook");
  } catch (error) {
    if (error instanceof SettingsError) return error.mistakes;
    throw error;
  }
  return [];
}

describe("flags of the Vault Agent Injector", () => {
  it.each([
    ["one dash and an equals sign", ["-listen=:9443"]],
    ["one dash and a following value", ["-listen", ":9443"]],
    ["two dashes", ["--listen=:9443"]],
    ["two dashes and a following value", ["--listen", ":9443"]],
    ["the last of several", ["-listen=:1", "-listen=:9443"]],
    ["a positional word before it", ["2>&1", "-listen=:9443"]],
    ["a positional word after it", ["-listen=:9443", "2>&1"]],
  ])("are read with %s", (_, args) => {
    expect(webhookSettings(args, VAULT, "webhook").server.listen).toEqual({ host: undefined, port: 9443 });
  });

  it("turn a boolean on by standing alone, without taking the next word", () => {
    const { server } = webhookSettings(["-use-leader-elector", "-listen=:9443"], VAULT, "webhook");
    expect(server.useLeaderElector).toBe(true);
    expect(server.listen.port).toBe(9443);
  });

  it("can empty a default, which a variable cannot", () => {
    const byFlag = webhookSettings(["-cpu-limit="], VAULT, "agent-inject");
    const byVariable = webhookSettings([], { ...VAULT, AGENT_INJECT_CPU_LIMIT: "" }, "agent-inject");
    expect(byFlag.injection.limits.cpu).toBe("");
    expect(byVariable.injection.limits.cpu).toBe("500m");
  });

  it("are refused when unknown, or when a value is missing", () => {
    expect(mistakesOf(["-no-such=1", "-listen"], VAULT)).toEqual([
      "-no-such: there is no such flag",
      "-listen: a value must follow",
    ]);
  });

  it("end at a double dash", () => {
    expect(mistakesOf(["--", "-no-such"], VAULT)).toEqual([]);
  });
});

describe("the environment", () => {
  it("wins over flags, unless it is empty", () => {
    const args = ["-vault-auth-path=auth/flag"];
    const set = webhookSettings(args, { ...VAULT, AGENT_INJECT_VAULT_AUTH_PATH: "auth/env" }, "webhook");
    const empty = webhookSettings(args, { ...VAULT, AGENT_INJECT_VAULT_AUTH_PATH: "" }, "webhook");
    expect(set.injection.authPath).toBe("auth/env");
    expect(empty.injection.authPath).toBe("auth/flag");
  });

  it.each([
    ["TLS_AUTO", { TLS_AUTO: "plain" }, "plain"],
    [
      "TLS_AUTO beside the prefixed one",
      { TLS_AUTO: "plain", AGENT_INJECT_TLS_AUTO: "prefixed" },
      "prefixed",
    ],
  ])("gives TLS settings by %s", (_, env, expected) => {
    expect(webhookSettings([], { ...VAULT, ...env }, "webhook").server.tlsAuto).toBe(expected);
  });

  it("is read with a doubled prefix", () => {
    const env = { ...VAULT, AGENT_INJECT_AGENT_INJECT_RUN_AS_USER: "2000" };
    expect(webhookSettings([], env, "webhook").injection.runAsUser).toBe("2000");
  });

  it("may name a setting that does not exist, which is only a warning", () => {
    const env = {
      ...VAULT,
      KEYCARD_HARDN: "true",
      AGENT_INJECT_NOPE: "1",
      KEYCARD_WEBHOOK_SERVICE_HOST: "10.0.0.1",
      KEYCARD_WEBHOOK_PORT_443_TCP: "tcp://10.0.0.1:443",
    };
    expect(webhookSettings([], env, "webhook").warnings).toEqual([
      "AGENT_INJECT_NOPE: there is no such setting; it has no effect",
      "KEYCARD_HARDN: there is no such setting; it has no effect",
    ]);
  });
});

describe("mistakes", () => {
  it("are all told at once, each by the name it was written under", () => {
    const env = {
      ...HOSTS,
      AGENT_INJECT_CPU_LIMIT: "lots",
      AGENT_INJECT_RUN_AS_USER: "root",
      AGENT_INJECT_AUTH_MIN_BACKOFF: "5",
      AGENT_INJECT_VAULT_ADDR: "vault:8200",
      AGENT_INJECT_TLS_MIN_VERSION: "ssl3",
      AGENT_INJECT_DEFAULT_TEMPLATE: "Map",
      AGENT_INJECT_TLS_CIPHER_SUITES: "TLS_RSA_WITH_AES_128_CBC_SHA,TLS_NOPE",
      KEYCARD_BODY_LIMIT: "1Ti",
    };
    const names = mistakesOf(["-telemetry-path=/mutate", "-run-as-group="], env).map(
      (line) => line.split(":")[0],
    );
    expect(names.sort()).toEqual([
      "-run-as-group",
      "-telemetry-path",
      "AGENT_INJECT_AUTH_MIN_BACKOFF",
      "AGENT_INJECT_CPU_LIMIT",
      "AGENT_INJECT_DEFAULT_TEMPLATE",
      "AGENT_INJECT_RUN_AS_USER",
      "AGENT_INJECT_TLS_CIPHER_SUITES",
      "AGENT_INJECT_TLS_MIN_VERSION",
      "AGENT_INJECT_VAULT_ADDR",
      "KEYCARD_BODY_LIMIT",
    ]);
  });

  it.each([
    ["-log-format=xml", /^-log-format: expected standard or json/],
    ["-tls-cipher-suites=TLS_RSA_WITH_RC4_128_SHA", /^-tls-cipher-suites: expected .*IANA name.*RC4/],
  ])("include %s", (flag, expected) => {
    expect(mistakesOf([flag], VAULT)).toEqual([expect.stringMatching(expected)]);
  });

  it("include a missing Vault address", () => {
    expect(mistakesOf([], HOSTS)).toEqual([
      "AGENT_INJECT_VAULT_ADDR: must be set to the address of Vault, such as https://vault.vault.svc:8200",
    ]);
  });

  it("of what must be set are told once", () => {
    expect(mistakesOf(["-vault-address=vault", "-tls-auto-hosts=a b"], {})).toEqual([
      expect.stringMatching(/^-tls-auto-hosts: expected /),
      expect.stringMatching(/^-vault-address: expected /),
    ]);
  });

  it("include a missing name to make certificates for", () => {
    expect(mistakesOf([], { ...VAULT, AGENT_INJECT_TLS_AUTO_HOSTS: "" })).toEqual([
      expect.stringMatching(/^AGENT_INJECT_TLS_AUTO_HOSTS: must be set/),
    ]);
  });

  it.each(["bücher.example", "::ffff:10.0.0.1", "fe80::1%eth0", "a b"])(
    "include %s as a host, which no certificate can name",
    (host) => {
      const mistakes = mistakesOf([], { ...VAULT, AGENT_INJECT_TLS_AUTO_HOSTS: `keycard.svc,${host}` });
      expect(mistakes[0]).toMatch(/^AGENT_INJECT_TLS_AUTO_HOSTS: expected .* DNS name in ASCII or an IP/);
    },
  );

  it.each([
    [{ AGENT_INJECT_TLS_CERT_FILE: "/c" }, /^AGENT_INJECT_TLS_KEY_FILE: must be set too/],
    [{ AGENT_INJECT_TLS_KEY_FILE: "/k" }, /^AGENT_INJECT_TLS_CERT_FILE: must be set too/],
  ])("include half a pair of certificate files: %o", (env, expected) => {
    expect(mistakesOf([], { ...VAULT, ...env })).toEqual([expect.stringMatching(expected)]);
  });

  it("never show credentials of an address", () => {
    const [mistake] = mistakesOf([], { ...HOSTS, AGENT_INJECT_VAULT_ADDR: "https://me:s3cret@vault:8200" });
    expect(mistake).toMatch(/AGENT_INJECT_VAULT_ADDR: expected .*without credentials/);
    expect(mistake).not.toMatch(/s3cret/);
  });
});

describe("defaults", () => {
  it("are engine native, JSON logs and a Lease for the webhook", () => {
    const { server, injection } = webhookSettings([], VAULT, "webhook");
    expect(injection.engine).toBe("native");
    expect(server).toMatchObject({ logFormat: "json", leaderLock: "lease", telemetryPath: "/metrics" });
  });

  it("are engine vault-agent, plain logs and a ConfigMap for a drop-in", () => {
    const { server, injection } = webhookSettings([], VAULT, "agent-inject");
    expect(injection.engine).toBe("vault-agent");
    expect(server).toMatchObject({ logFormat: "standard", leaderLock: "configmap" });
  });

  it("of every setting are values that the setting itself takes", () => {
    for (const [name, setting] of Object.entries(webhookTable)) {
      expect(setting.grammar.parse(setting.fallback), name).toBeDefined();
      if ("dropInFallback" in setting && setting.dropInFallback !== undefined) {
        expect(setting.grammar.parse(setting.dropInFallback), name).toBeDefined();
      }
    }
  });

  it("count the 37 flags of the Vault Agent Injector and OpenBao's seven", () => {
    const flags = Object.values(webhookTable).flatMap((setting) => setting.flags);
    expect(flags.filter((flag) => !/^(bao-|rewrite-)/.test(flag))).toHaveLength(37);
    expect(flags.filter((flag) => /^(bao-|rewrite-)/.test(flag))).toHaveLength(7);
    expect(new Set(flags).size).toBe(flags.length);
  });
});

describe("what the cluster can do", () => {
  const NAMES = {
    nativeSidecar: "KEYCARD_NATIVE_SIDECAR",
    envFromFile: "KEYCARD_ENV_FROM_FILE",
    restartInPlace: "KEYCARD_RESTART_IN_PLACE",
  } as const;

  it("is asked of it, and assumed until then", () => {
    const { askCluster, injection } = webhookSettings([], VAULT, "webhook");
    expect(askCluster).toEqual(Object.keys(NAMES));
    expect(injection).toMatchObject({ nativeSidecar: true, envFromFile: true, restartInPlace: true });
  });

  it.each([
    ["nativeSidecar", "true"],
    ["nativeSidecar", "false"],
    ["envFromFile", "true"],
    ["envFromFile", "false"],
    ["restartInPlace", "true"],
    ["restartInPlace", "false"],
  ] as const)("can be told: %s %s", (name, value) => {
    const { askCluster, injection } = webhookSettings([], { ...VAULT, [NAMES[name]]: value }, "webhook");
    expect(askCluster).not.toContain(name);
    expect(askCluster).toHaveLength(2);
    expect(injection[name]).toBe(value === "true");
  });
});

describe("OpenBao's names", () => {
  it.each([
    ["a flag", ["-bao-address=https://bao:8200"], HOSTS],
    ["a variable", [], { ...HOSTS, AGENT_INJECT_BAO_ADDR: "https://bao:8200" }],
    ["a variable beside Vault's", [], { ...VAULT, AGENT_INJECT_BAO_ADDR: "https://bao:8200" }],
  ])("by %s choose the flavour, its image and its prefix", (_, args, env) => {
    const { injection } = webhookSettings(args, env, "agent-inject");
    expect(injection).toMatchObject({
      flavour: "openbao",
      vaultAddress: "https://bao:8200",
      vaultImage: "openbao/openbao:1.16.1",
      vaultPrefixes: ["openbao.org", "vault.hashicorp.com"],
    });
  });

  it("do not apply when nobody wrote them", () => {
    expect(webhookSettings([], VAULT, "agent-inject").injection).toMatchObject({
      flavour: "vault",
      vaultImage: "hashicorp/vault:2.0.4",
    });
  });
});

describe("the policy", () => {
  it("is read into lists and switches", () => {
    const env = {
      ...VAULT,
      KEYCARD_POLICY_ALLOWED_IMAGES: "registry.example/keycard:*, hashicorp/vault:2.0.4",
      KEYCARD_POLICY_DENY_ROOT: "true",
      KEYCARD_POLICY_LOCKED_ANNOTATIONS: "auth-path,",
    };
    expect(webhookSettings([], env, "webhook").injection.policy).toMatchObject({
      allowedImages: ["registry.example/keycard:*", "hashicorp/vault:2.0.4"],
      denyRoot: true,
      denyJsonPatch: false,
      lockedAnnotations: ["auth-path"],
    });
  });

  it.each(["vault.hashicorp.com/role", "agent-inject-comand", "role=x"])(
    "does not start with a lock of %s, which would lock nothing",
    (name) => {
      expect(
        mistakesOf([], { ...VAULT, ...HOSTS, KEYCARD_POLICY_LOCKED_ANNOTATIONS: `role,${name}` }),
      ).toEqual([
        expect.stringMatching(
          /^KEYCARD_POLICY_LOCKED_ANNOTATIONS: expected .*annotation's name without its prefix/,
        ),
      ]);
    },
  );

  it.each([
    "engine",
    "keycard.dev/engine",
    "auth-config",
    "auth-config-a",
    "postgres-db-url",
    "agent-inject-command",
  ])("can lock %s", (name) => {
    expect(mistakesOf([], { ...VAULT, ...HOSTS, KEYCARD_POLICY_LOCKED_ANNOTATIONS: name })).toEqual([]);
  });
});
