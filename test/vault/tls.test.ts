import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  type Authority,
  type CertifiedKey,
  createAuthority,
  issueServingCertificate,
} from "../../src/certs/authority.ts";
import { clientOf, failureOf, startHttpDouble } from "./doubles.ts";

const DAY = 86_400_000;
const now = new Date();

let authority: Authority;
let otherAuthority: Authority;
let leaf: CertifiedKey;
let expired: CertifiedKey;
let early: CertifiedKey;
let directory: string;

beforeAll(async () => {
  [authority, otherAuthority] = await Promise.all([
    createAuthority({ now: new Date(now.getTime() - 10 * DAY), lifetimeDays: 100 }),
    createAuthority({ now, lifetimeDays: 100 }),
  ]);
  [leaf, expired, early] = await Promise.all([
    issueServingCertificate(authority, { now, lifetimeDays: 1, hosts: ["127.0.0.1", "vault.test"] }),
    issueServingCertificate(authority, {
      now: new Date(now.getTime() - 5 * DAY),
      lifetimeDays: 1,
      hosts: ["127.0.0.1"],
    }),
    issueServingCertificate(authority, {
      now: new Date(now.getTime() + 2 * DAY),
      lifetimeDays: 1,
      hosts: ["127.0.0.1"],
    }),
  ]);
}, 60_000);

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "keycard-tls-"));
  return () => rm(directory, { recursive: true });
});

function serverTls({ certificate, privateKey }: CertifiedKey): { cert: string; key: string } {
  return { cert: certificate, key: privateKey };
}

const ask = { method: "GET", path: "sys/health" } as const;

describe("Vault's certificate is trusted", () => {
  test("by a CA given as bytes", async () => {
    await using vault = await startHttpDouble(() => ({}), { tls: serverTls(leaf) });
    using client = clientOf(vault.address, {
      tls: { caCertBytes: authority.certificate, skipVerify: false },
    });
    expect((await client.send(ask)).status).toBe(200);
  });

  test("by a CA file, which wins over bytes", async () => {
    const caCertFile = join(directory, "ca.crt");
    await writeFile(caCertFile, authority.certificate);
    await using vault = await startHttpDouble(() => ({}), { tls: serverTls(leaf) });
    using client = clientOf(vault.address, {
      tls: { caCertFile, caCertBytes: otherAuthority.certificate, skipVerify: false },
    });
    expect((await client.send(ask)).status).toBe(200);
  });

  test("by a directory of CA files as kubelet mounts it", async () => {
    const data = join(directory, "..2026_01_01");
    await mkdir(data);
    await writeFile(join(data, "one.crt"), otherAuthority.certificate);
    await writeFile(join(data, "two.crt"), authority.certificate);
    await symlink("..2026_01_01", join(directory, "..data"));
    for (const name of ["one.crt", "two.crt"]) await symlink(`..data/${name}`, join(directory, name));
    await using vault = await startHttpDouble(() => ({}), { tls: serverTls(leaf) });
    using client = clientOf(vault.address, { tls: { caCertDirectory: directory, skipVerify: false } });
    expect((await client.send(ask)).status).toBe(200);
  });

  test("under the server name, which is also the one asked for", async () => {
    await using vault = await startHttpDouble(() => ({}), {
      tls: {
        ...serverTls(expired),
        SNICallback: async (name, done) => {
          const { createSecureContext } = await import("node:tls");
          done(null, createSecureContext(serverTls(name === "vault.test" ? leaf : expired)));
        },
      },
    });
    const tls = { caCertBytes: authority.certificate, serverName: "vault.test", skipVerify: false };
    using client = clientOf(vault.address, { tls });
    expect((await client.send(ask)).status).toBe(200);
  });

  test("whatever it says, when verification is off", async () => {
    await using vault = await startHttpDouble(() => ({}), { tls: serverTls(expired) });
    using client = clientOf(vault.address, { tls: { skipVerify: true } });
    expect((await client.send(ask)).status).toBe(200);
  });

  test("from the next connection on when the CA file changes", async () => {
    const caCertFile = join(directory, "ca.crt");
    await writeFile(caCertFile, otherAuthority.certificate);
    await using vault = await startHttpDouble(() => ({}), { tls: serverTls(leaf) });
    using client = clientOf(vault.address, { tls: { caCertFile, skipVerify: false } });
    expect((await failureOf(client.send(ask))).kind).toBe("tls");
    await writeFile(caCertFile, authority.certificate);
    expect((await client.send(ask)).status).toBe(200);
  });
});

describe("Vault's certificate is refused", () => {
  test.each([
    ["of an unknown CA", () => leaf, () => otherAuthority.certificate, {}, /certificate/],
    ["that has expired", () => expired, () => authority.certificate, {}, /expired/],
    [
      "for another name",
      () => leaf,
      () => authority.certificate,
      { serverName: "other.test" },
      /other\.test/,
    ],
  ] as const)("%s", async (_what, served, ca, more, reason) => {
    await using vault = await startHttpDouble(() => ({}), { tls: serverTls(served()) });
    using client = clientOf(vault.address, { tls: { caCertBytes: ca(), skipVerify: false, ...more } });
    const error = await failureOf(client.send({ ...ask, token: "hvs.secret" }));
    expect(error).toMatchObject({ kind: "tls", retryable: true });
    expect(error.message).toMatch(reason);
    expect(vault.seen).toHaveLength(0);
  });

  const minute = (days: number): string => new Date(now.getTime() + days * DAY).toISOString().slice(0, 16);

  test.each([
    ["has expired", () => expired, () => `expired on ${minute(-4)}`, "Renew Vault's certificate"],
    [
      "is not valid yet",
      () => early,
      () => `is not valid before ${minute(2).slice(0, 10)}`,
      "Check the clock",
    ],
  ])("with its dates and its issuer when it %s", async (_what, served, dates, fix) => {
    await using vault = await startHttpDouble(() => ({}), { tls: serverTls(served()) });
    using client = clientOf(vault.address, {
      tls: { caCertBytes: authority.certificate, skipVerify: false },
    });
    const { message } = await failureOf(client.send(ask));
    for (const part of [vault.address, dates(), 'issued by "Keycard', fix]) expect(message).toContain(part);
  });

  test("with the name of a CA between, when it is that which has expired", async () => {
    const past = await createAuthority({ now: new Date(now.getTime() - 10 * DAY), lifetimeDays: 5 });
    const issued = await issueServingCertificate(past, { now, lifetimeDays: 1, hosts: ["127.0.0.1"] });
    await using vault = await startHttpDouble(() => ({}), {
      tls: { cert: `${issued.certificate}${past.certificate}`, key: issued.privateKey },
    });
    using client = clientOf(vault.address, { tls: { caCertBytes: past.certificate, skipVerify: false } });
    const { message } = await failureOf(client.send(ask));
    expect(message).toContain(`expired on ${minute(-5)}`);
  });

  test("when no CA is given and none of the runtime's signed it", async () => {
    await using vault = await startHttpDouble(() => ({}), { tls: serverTls(leaf) });
    using client = clientOf(vault.address);
    expect((await failureOf(client.send(ask))).kind).toBe("tls");
  });
});

describe("TLS files that are wrong are named", () => {
  test.each([
    ["a CA file that is not there", "caCertFile", undefined],
    ["a CA file without a certificate", "caCertFile", "hello"],
    ["a CA directory without a certificate", "caCertDirectory", undefined],
    ["a client key that is no key", "clientKeyFile", "hello"],
  ] as const)("%s", async (_what, setting, content) => {
    const path = join(directory, "file");
    if (content !== undefined) await writeFile(path, content);
    await using vault = await startHttpDouble(() => ({}), { tls: serverTls(leaf) });
    using client = clientOf(vault.address, { tls: { [setting]: path, skipVerify: false } });
    const error = await failureOf(client.send(ask));
    expect(error.kind).toBe("tls");
    if (setting !== "clientKeyFile") expect(error.message).toContain(path);
  });
});

describe("a client certificate", () => {
  test("is shown to Vault, and read again when it is replaced", async () => {
    const clientCertFile = join(directory, "tls.crt");
    const clientKeyFile = join(directory, "tls.key");
    const install = async ({ certificate, privateKey }: CertifiedKey): Promise<void> => {
      await writeFile(clientCertFile, certificate);
      await writeFile(clientKeyFile, privateKey);
    };
    const shown: string[] = [];
    await using vault = await startHttpDouble(
      (_request, response) => {
        shown.push((response.socket as TLSSocket).getPeerX509Certificate()?.toString() ?? "none");
        return { headers: { connection: "close" } };
      },
      { tls: { ...serverTls(leaf), requestCert: true, rejectUnauthorized: false } },
    );
    using client = clientOf(vault.address, {
      tls: { caCertBytes: authority.certificate, clientCertFile, clientKeyFile, skipVerify: false },
    });
    for (const pair of [leaf, expired]) {
      await install(pair);
      await client.send(ask);
    }
    const trimmed = (text: string): string => text.replace(/\s/g, "");
    expect(shown.map(trimmed)).toEqual([leaf, expired].map(({ certificate }) => trimmed(certificate)));
  });
});

describe("TLS in the wrong place", () => {
  test("https:// to a Vault that speaks plain HTTP says so", async () => {
    await using vault = await startHttpDouble(() => ({}));
    using client = clientOf(vault.address.replace("http:", "https:"));
    const error = await failureOf(client.send(ask));
    expect(error.kind).toBe("tls");
    expect(error.message).toContain("make the address http://");
  });

  test("a redirect never gives it up", async () => {
    await using plain = await startHttpDouble(() => ({}));
    await using vault = await startHttpDouble(
      () => ({ status: 307, headers: { location: `${plain.address}/v1/x` }, body: "" }),
      { tls: serverTls(leaf) },
    );
    using client = clientOf(vault.address, {
      tls: { caCertBytes: authority.certificate, skipVerify: false },
    });
    const error = await failureOf(client.send({ ...ask, token: "hvs.t" }));
    expect(error.kind).toBe("protocol");
    expect(error.message).toContain("would give up TLS");
    expect(plain.connections()).toBe(0);
  });
});
