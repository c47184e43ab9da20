import { describe, expect, it } from "vitest";
import type { InjectionRequest } from "../../../src/annotations/request.ts";
import { agentConfiguration } from "../../../src/engines/vault-agent/config.ts";
import { flavourNames } from "../../../src/engines/vault-agent/flavour.ts";
import { requestOf } from "../../injection/request-builder.ts";
import { planOf, secretOf } from "../plan-builder.ts";

const VAULT = flavourNames("vault");

function configOf(request: Partial<InjectionRequest>, init = false): Record<string, unknown> {
  return JSON.parse(agentConfiguration(planOf({ engine: "vault-agent", ...request }), VAULT, init));
}

const { auth, vault, cache } = requestOf();

describe("the configuration of Vault Agent", () => {
  it("is, byte for byte, what the Vault Agent Injector wrote for the same pod", () => {
    const plan = planOf(
      {
        engine: "vault-agent",
        vault: { ...vault, address: "http://foobar:1234" },
        auth: { ...auth, path: "test", role: "role" },
      },
      {
        token: {
          mount: { name: "foobar", mountPath: "serviceaccount/somewhere", readOnly: true },
          tokenPath: "serviceaccount/somewhere/token",
        },
      },
    );
    const encoded = Buffer.from(agentConfiguration(plan, VAULT, false)).toString("base64");
    expect(encoded).toBe(
      "eyJhdXRvX2F1dGgiOnsibWV0aG9kIjp7InR5cGUiOiJrdWJlcm5ldGVzIiwibW91bnRfcGF0aCI6InRlc3QiLCJjb25maWciOnsicm9s" +
        "ZSI6InJvbGUiLCJ0b2tlbl9wYXRoIjoic2VydmljZWFjY291bnQvc29tZXdoZXJlL3Rva2VuIn19LCJzaW5rIjpbeyJ0eXBlIjoiZmls" +
        "ZSIsImNvbmZpZyI6eyJwYXRoIjoiL2hvbWUvdmF1bHQvLnZhdWx0LXRva2VuIn19XX0sImV4aXRfYWZ0ZXJfYXV0aCI6ZmFsc2UsInBp" +
        "ZF9maWxlIjoiL2hvbWUvdmF1bHQvLnBpZCIsInZhdWx0Ijp7ImFkZHJlc3MiOiJodHRwOi8vZm9vYmFyOjEyMzQifSwidGVtcGxhdGVf" +
        "Y29uZmlnIjp7ImV4aXRfb25fcmV0cnlfZmFpbHVyZSI6dHJ1ZX19",
    );
  });

  it("writes every key in the injector's order when everything is asked for", () => {
    const text = agentConfiguration(
      planOf({
        engine: "vault-agent",
        injectToken: true,
        enableQuit: true,
        secrets: [secretOf("db", { command: "reload", permissions: "0640", errorOnMissingKey: true })],
        vault: {
          ...vault,
          namespace: "team",
          caCert: "/vault/tls/ca.crt",
          caPath: "/vault/tls",
          tlsSkipVerify: true,
          clientCert: "/vault/tls/client.crt",
          clientKey: "/vault/tls/client.key",
          tlsServerName: "vault.example",
        },
        auth: {
          ...auth,
          minBackoff: "1s",
          maxBackoff: "1m",
          exitOnError: true,
          config: new Map([["zone", "eu"]]),
        },
        cache: { ...cache, enable: true, exitOnError: true },
        templateConfig: {
          exitOnRetryFailure: false,
          staticSecretRenderInterval: "30s",
          maxConnectionsPerHost: 7,
          leaseRenewalThreshold: 0.75,
        },
        disableIdleConnections: ["caching"],
        disableKeepAlives: ["auto-auth", "templating"],
        telemetry: new Map([["statsd_address", "127.0.0.1:8125"]]),
      }),
      VAULT,
      true,
    );
    expect(JSON.stringify(JSON.parse(text), null, 1)).toMatchInlineSnapshot(`
      "{
       "auto_auth": {
        "method": {
         "type": "kubernetes",
         "mount_path": "auth/kubernetes",
         "min_backoff": "1s",
         "max_backoff": "1m",
         "namespace": "team",
         "config": {
          "role": "app",
          "token_path": "/var/run/secrets/kubernetes.io/serviceaccount/token",
          "zone": "eu"
         },
         "exit_on_err": true
        },
        "sink": [
         {
          "type": "file",
          "config": {
           "path": "/home/vault/.vault-token"
          }
         },
         {
          "type": "file",
          "config": {
           "path": "/vault/secrets/token"
          }
         }
        ]
       },
       "exit_after_auth": true,
       "pid_file": "/home/vault/.pid",
       "vault": {
        "address": "https://vault.example:8200",
        "ca_cert": "/vault/tls/ca.crt",
        "ca_path": "/vault/tls",
        "tls_skip_verify": true,
        "client_cert": "/vault/tls/client.crt",
        "client_key": "/vault/tls/client.key",
        "tls_server_name": "vault.example"
       },
       "template": [
        {
         "destination": "/vault/secrets/db",
         "contents": "{{ with secret \\"secret/db\\" }}{{ range $k, $v := .Data }}{{ $k }}: {{ $v }}\\n{{ end }}{{ end }}",
         "left_delimiter": "{{",
         "right_delimiter": "}}",
         "command": "reload",
         "perms": "0640",
         "error_on_missing_key": true
        }
       ],
       "listener": [
        {
         "type": "tcp",
         "address": "127.0.0.1:8200",
         "tls_disable": true,
         "agent_api": {
          "enable_quit": true
         }
        }
       ],
       "cache": {
        "use_auto_auth_token": "true",
        "persist": {
         "type": "kubernetes",
         "path": "/vault/agent-cache",
         "exit_on_err": true
        }
       },
       "template_config": {
        "exit_on_retry_failure": false,
        "static_secret_render_interval": "30s",
        "max_connections_per_host": 7,
        "lease_renewal_threshold": 0.75
       },
       "disable_idle_connections": [
        "caching"
       ],
       "disable_keep_alives": [
        "auto-auth",
        "templating"
       ],
       "telemetry": {
        "statsd_address": "127.0.0.1:8125"
       }
      }"
    `);
  });

  it("escapes as Go's encoder does", () => {
    const text = agentConfiguration(
      planOf({ secrets: [secretOf("a", { template: { kind: "inline", text: "<a> & b\u2028" } })] }),
      VAULT,
      true,
    );
    expect(text).toContain('"contents":"\\u003ca\\u003e \\u0026 b\\u2028"');
  });

  it.each([
    ["map", '{{ with secret "secret/a" }}{{ range $k, $v := .Data }}{{ $k }}: {{ $v }}\n{{ end }}{{ end }}'],
    ["json", '{{ with secret "secret/a" }}{{ .Data | toJSON }}\n{{ end }}'],
  ] as const)(
    "renders a secret without a template by the default template %s",
    (defaultTemplate, contents) => {
      expect(configOf({ defaultTemplate, secrets: [secretOf("a")] }).template).toEqual([
        { destination: "/vault/secrets/a", contents, left_delimiter: "{{", right_delimiter: "}}" },
      ]);
    },
  );

  it("keeps a path with a quote inside the default template's string", () => {
    const [template] = configOf({ secrets: [secretOf("a", { path: 'kv/"x"' })] }).template as {
      contents: string;
    }[];
    expect(template?.contents).toContain('{{ with secret "kv/\\"x\\"" }}');
  });

  it("names the source of a template file and no contents", () => {
    const template = { kind: "file", path: "/vault/custom/a.ctmpl" } as const;
    expect(configOf({ secrets: [secretOf("a", { template })] }).template).toEqual([
      {
        destination: "/vault/secrets/a",
        left_delimiter: "{{",
        right_delimiter: "}}",
        source: "/vault/custom/a.ctmpl",
      },
    ]);
  });
});

describe("cache and listener follow from the containers there are", () => {
  const listener = { type: "tcp", address: "127.0.0.1:8200", tls_disable: true };
  const quitListener = { ...listener, agent_api: { enable_quit: true } };
  const persistent = {
    use_auto_auth_token: "true",
    persist: { type: "kubernetes", path: "/vault/agent-cache" },
  };
  const both = { prePopulate: true, prePopulateOnly: false };
  const sidecarOnly = { prePopulate: false, prePopulateOnly: false };
  const initOnly = { prePopulate: true, prePopulateOnly: true };

  it.each([
    ["no cache", both, false, false, true, undefined, undefined],
    ["both, init", both, true, false, true, [listener], persistent],
    ["both, sidecar", both, true, false, false, [listener], persistent],
    ["sidecar only", sidecarOnly, true, false, false, [listener], { use_auto_auth_token: "true" }],
    ["init only", initOnly, true, false, true, undefined, undefined],
    ["quit without a cache", both, false, true, false, [quitListener], {}],
    ["quit and cache", both, true, true, false, [quitListener], persistent],
    ["quit and cache, init only", initOnly, true, true, true, [quitListener], {}],
  ])("%s", (_, containers, enable, enableQuit, init, expectedListener, expectedCache) => {
    const config = configOf({ ...containers, enableQuit, cache: { ...cache, enable } }, init);
    expect(config.listener).toEqual(expectedListener);
    expect(config.cache).toEqual(expectedCache);
  });

  it("names the token file of a hardened pod whose token is not at Vault Agent's default path", () => {
    const plan = planOf(
      { cache: { ...cache, enable: true } },
      { harden: true, token: { tokenPath: "/own/token" } },
    );
    expect(JSON.parse(agentConfiguration(plan, VAULT, false)).cache.persist).toEqual({
      type: "kubernetes",
      path: "/vault/agent-cache",
      service_account_token_file: "/own/token",
    });
  });
});

describe("the telemetry stanza", () => {
  it("is in the injector's order and leaves out what is zero or unknown", () => {
    const telemetry = new Map<string, string | number | boolean | string[]>([
      ["unknown", "x"],
      ["statsd_address", "127.0.0.1:8125"],
      ["disable_hostname", true],
      ["enable_hostname_label", false],
      ["maximum_gauge_cardinality", 0],
      ["prefix_filter", ["+vault"]],
      ["dogstatsd_tags", []],
    ]);
    const stanza = configOf({ telemetry }).telemetry as object;
    expect(Object.entries(stanza)).toEqual([
      ["disable_hostname", true],
      ["prefix_filter", ["+vault"]],
      ["statsd_address", "127.0.0.1:8125"],
    ]);
  });

  it("keeps filter_default: false, whose absence means true", () => {
    expect(configOf({ telemetry: new Map([["filter_default", false]]) }).telemetry).toEqual({
      filter_default: false,
    });
  });

  it("is there, empty, when nothing of what was asked for is known", () => {
    expect(configOf({ telemetry: new Map([["unknown", "x"]]) }).telemetry).toEqual({});
    expect(configOf({}).telemetry).toBeUndefined();
  });
});
