import { describe, expect, test } from "vitest";
import { proxyFromEnvironment } from "../../src/settings/proxy.ts";
import { VaultEnvironmentError, vaultConnectionFromEnvironment } from "../../src/settings/vault.ts";

const PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";

function mistakesOf(env: Record<string, string>): readonly string[] {
  try {
    vaultConnectionFromEnvironment(env);
    return [];
  } catch (error) {
    if (error instanceof VaultEnvironmentError) return error.mistakes;
    throw error;
  }
}

describe("how to reach Vault, from the environment", () => {
  test("without variables is what Vault's own clients assume", () => {
    expect(vaultConnectionFromEnvironment({})).toEqual({
      connection: {
        address: "https://127.0.0.1:8200",
        namespace: "",
        tls: { skipVerify: false },
        proxyAddress: "",
        timeoutSeconds: 60,
      },
      token: undefined,
    });
  });

  test("takes every variable of theirs", () => {
    const env = {
      VAULT_ADDR: "https://vault.test:8200",
      VAULT_TOKEN: "hvs.t\n",
      VAULT_NAMESPACE: "team",
      VAULT_CACERT: "/ca.crt",
      VAULT_CAPATH: "/ca",
      VAULT_CACERT_BYTES: PEM,
      VAULT_CLIENT_CERT: "/tls.crt",
      VAULT_CLIENT_KEY: "/tls.key",
      VAULT_TLS_SERVER_NAME: "vault",
      VAULT_SKIP_VERIFY: "true",
      VAULT_CLIENT_TIMEOUT: "5s",
      VAULT_PROXY_ADDR: "http://proxy:3128",
    };
    expect(vaultConnectionFromEnvironment(env)).toEqual({
      connection: {
        address: "https://vault.test:8200",
        namespace: "team",
        tls: {
          caCertFile: "/ca.crt",
          caCertDirectory: "/ca",
          caCertBytes: PEM,
          clientCertFile: "/tls.crt",
          clientKeyFile: "/tls.key",
          serverName: "vault",
          skipVerify: true,
        },
        proxyAddress: "http://proxy:3128",
        timeoutSeconds: 5,
      },
      token: "hvs.t",
    });
  });

  test("OpenBao's name of a variable wins over Vault's", () => {
    const env = {
      BAO_ADDR: "http://bao:8200",
      VAULT_ADDR: "http://vault:8200",
      VAULT_TOKEN: "t",
      BAO_TOKEN: "b",
    };
    const { connection, token } = vaultConnectionFromEnvironment(env);
    expect([connection.address, token]).toEqual(["http://bao:8200", "b"]);
  });

  test("a local agent wins over Vault", () => {
    const env = { VAULT_ADDR: "https://vault:8200", VAULT_AGENT_ADDR: "http://127.0.0.1:8100" };
    expect(vaultConnectionFromEnvironment(env).connection.address).toBe("http://127.0.0.1:8100");
  });

  test("takes the CA as base64 too", () => {
    const env = { VAULT_CACERT_BYTES: Buffer.from(PEM).toString("base64") };
    expect(vaultConnectionFromEnvironment(env).connection.tls.caCertBytes).toBe(PEM);
  });

  test.each([
    ["30", 30],
    ["30s", 30],
    ["1m30s", 90],
    ["500ms", 0.5],
    ["1d", 86_400],
    ["0", 60],
    ["", 60],
  ])("takes a timeout of %j as %i seconds", (text, seconds) => {
    const { connection } = vaultConnectionFromEnvironment({ VAULT_CLIENT_TIMEOUT: text });
    expect(connection.timeoutSeconds).toBe(seconds);
  });

  test.each([
    [{ VAULT_ADDR: "vault:8200" }, /^VAULT_ADDR: .*no known scheme/],
    [{ BAO_ADDR: "vault:8200" }, /^BAO_ADDR: /],
    [{ VAULT_AGENT_ADDR: "nowhere" }, /^VAULT_AGENT_ADDR: /],
    [{ VAULT_SKIP_VERIFY: "yes" }, /^VAULT_SKIP_VERIFY: "yes" is neither true nor false/],
    [{ VAULT_CLIENT_TIMEOUT: "soon" }, /^VAULT_CLIENT_TIMEOUT: "soon" is no duration/],
    [{ VAULT_CLIENT_TIMEOUT: "-5s" }, /^VAULT_CLIENT_TIMEOUT: /],
    [{ VAULT_CACERT_BYTES: "hello" }, /^VAULT_CACERT_BYTES: it holds no PEM certificate/],
    [{ VAULT_CLIENT_CERT: "/tls.crt" }, /set both or none/],
    [{ VAULT_PROXY_ADDR: "socks5://p:1080" }, /^VAULT_PROXY_ADDR: .*not supported/],
    [{ VAULT_HTTP_PROXY: "http://" }, /^VAULT_HTTP_PROXY: /],
  ])("%o is one mistake, named", (env, mistake) => {
    expect(mistakesOf(env as Record<string, string>)).toEqual([expect.stringMatching(mistake)]);
  });

  test("tells all mistakes at once", () => {
    const env = { VAULT_ADDR: "x", VAULT_SKIP_VERIFY: "x", VAULT_CLIENT_TIMEOUT: "x" };
    expect(mistakesOf(env)).toHaveLength(3);
  });
});

describe("the proxy to Vault", () => {
  const address = "https://vault.prod.svc:8200";

  test.each([
    ["nothing set", {}, address, ""],
    ["HTTPS_PROXY for https", { HTTPS_PROXY: "http://p:1" }, address, "http://p:1"],
    ["in lower case", { https_proxy: "http://p:1" }, address, "http://p:1"],
    ["HTTP_PROXY not for https", { HTTP_PROXY: "http://p:1" }, address, ""],
    ["HTTP_PROXY for http", { HTTP_PROXY: "http://p:1" }, "http://vault:8200", "http://p:1"],
    ["never to loopback", { HTTPS_PROXY: "http://p:1" }, "https://127.0.0.1:8200", ""],
    ["never to localhost", { HTTPS_PROXY: "http://p:1" }, "https://localhost:8200", ""],
    ["never to IPv6 loopback", { HTTPS_PROXY: "http://p:1" }, "https://[::1]:8200", ""],
  ])("%s", (_what, env, url, proxy) => {
    expect(proxyFromEnvironment(env, url)).toBe(proxy);
  });

  test.each([
    ["*", address, true],
    ["vault.prod.svc", address, true],
    ["prod.svc", address, true],
    [".prod.svc", address, true],
    ["*.prod.svc", address, true],
    [".vault.prod.svc", address, false],
    ["rod.svc", address, false],
    ["VAULT.PROD.SVC", address, true],
    ["vault.prod.svc:8200", address, true],
    ["vault.prod.svc:443", address, false],
    ["other, prod.svc", address, true],
    ["10.0.0.0/8", "https://10.1.2.3:8200", true],
    ["10.0.0.0/8", "https://11.1.2.3:8200", false],
    ["10.0.0.0/99", "https://10.1.2.3:8200", false],
    ["10.1.2.3", "https://10.1.2.3:8200", true],
    ["fd00::/8", "https://[fd00::1]:8200", true],
    ["", address, false],
  ])("NO_PROXY=%s covers %s: %s", (list, url, covered) => {
    const env = { HTTPS_PROXY: "http://p:1", NO_PROXY: list };
    expect(proxyFromEnvironment(env, url)).toBe(covered ? "" : "http://p:1");
  });

  test("VAULT_PROXY_ADDR counts whatever NO_PROXY says", () => {
    const env = {
      VAULT_ADDR: address,
      VAULT_PROXY_ADDR: "http://own:1",
      HTTPS_PROXY: "http://p:1",
      NO_PROXY: "*",
    };
    expect(vaultConnectionFromEnvironment(env).connection.proxyAddress).toBe("http://own:1");
  });

  test("HTTPS_PROXY counts for the connection", () => {
    const env = { VAULT_ADDR: address, HTTPS_PROXY: "http://p:1" };
    expect(vaultConnectionFromEnvironment(env).connection.proxyAddress).toBe("http://p:1");
  });

  test("a Unix socket has none", () => {
    const env = { VAULT_ADDR: "unix:///run/vault.sock", HTTP_PROXY: "http://p:1", HTTPS_PROXY: "http://p:1" };
    expect(vaultConnectionFromEnvironment(env).connection.proxyAddress).toBe("");
  });
});
