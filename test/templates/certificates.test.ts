import { createPrivateKey, type KeyObject, randomBytes, X509Certificate } from "node:crypto";
import { describe, expect, test } from "vitest";
import { failureOf, render } from "./render.ts";

const DAY = 86_400_000;
/** Large keys take long on a busy machine. */
const TIMEOUT = 60_000;
const NOW = new Date("2026-02-03T04:05:06.789Z");

interface Pair {
  readonly certificate: X509Certificate;
  readonly key: KeyObject;
}

/** Renders certificates that a template puts into `$a`, `$b`, … and reads them back. */
async function certificates(statements: string, names: readonly string[]): Promise<Pair[]> {
  const shown = names.map((name) => `{{ ${name}.Cert }}{{ ${name}.Key }}`).join("");
  const { output } = await render(`{{ ${statements.replaceAll("; ", " }}{{ ")} }}${shown}`, { randomBytes });
  const blocks = output.match(/-----BEGIN [\s\S]*?-----END [^\n]*\n/g) ?? [];
  return names.map((_, index) => ({
    certificate: new X509Certificate(blocks[index * 2] ?? ""),
    key: createPrivateKey(blocks[index * 2 + 1] ?? ""),
  }));
}

const extensionsOf = ({ certificate }: Pair) => ({
  isAuthority: certificate.ca,
  alternatives: certificate.subjectAltName,
  usage: certificate.keyUsage,
});

const SERVER_AND_CLIENT = ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"];

describe("an authority of sprig_genCA", () => {
  test("signs itself, and holds as many days as asked", async () => {
    const [ca] = await certificates('$a := sprig_genCA "Test CA" 365', ["$a"]);
    if (!ca) throw new Error("no certificate");
    const { certificate, key } = ca;
    expect(certificate.subject).toBe("CN=Test CA");
    expect(certificate.issuer).toBe("CN=Test CA");
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(key)).toBe(true);
    expect(certificate.validFromDate).toEqual(new Date(Math.floor(NOW.getTime() / 1000) * 1000));
    expect(certificate.validToDate.getTime() - certificate.validFromDate.getTime()).toBe(365 * DAY);
    expect(extensionsOf(ca)).toEqual({
      isAuthority: true,
      alternatives: undefined,
      usage: SERVER_AND_CLIENT,
    });
    expect(key.asymmetricKeyDetails?.modulusLength).toBe(2048);
  });

  test("takes a key with headers before it", async () => {
    const headed =
      'replaceAll "BEGIN EC PRIVATE KEY-----\\n" "BEGIN EC PRIVATE KEY-----\\nX-Made-By: me\\n\\n"';
    const [ca] = await certificates(
      `$k := sprig_genPrivateKey "ecdsa" | ${headed}; $a := sprig_genCAWithKey "x" 1 $k`,
      ["$a"],
    );
    expect(ca?.certificate.publicKey.asymmetricKeyType).toBe("ec");
  });

  test.each([
    ["ecdsa", "ec"],
    ["ed25519", "ed25519"],
  ])("takes a key of %s and gives it back unchanged", async (kind, type) => {
    const text = `{{ $k := sprig_genPrivateKey "${kind}" }}{{ $a := sprig_genCAWithKey "x" 1 $k }}{{ eq $k $a.Key }}`;
    expect((await render(text, { randomBytes })).output).toBe("true");
    const [ca] = await certificates(`$a := sprig_genCAWithKey "x" 1 (sprig_genPrivateKey "${kind}")`, ["$a"]);
    expect(ca?.key.asymmetricKeyType).toBe(type);
    expect(ca?.certificate.verify(ca.certificate.publicKey)).toBe(true);
  });
});

describe("a certificate of sprig_genSignedCert", () => {
  test("is verified by its authority, and names what was asked", async () => {
    const [ca, leaf] = await certificates(
      '$ca := sprig_genCA "Test CA" 2; ' +
        '$leaf := sprig_genSignedCert "app" (sprig_list "10.0.0.1" "fd00::1") (sprig_list "app.example" "*.app.example") 1 $ca',
      ["$ca", "$leaf"],
    );
    if (!ca || !leaf) throw new Error("no certificates");
    expect(leaf.certificate.verify(ca.certificate.publicKey)).toBe(true);
    expect(leaf.certificate.checkIssued(ca.certificate)).toBe(true);
    expect(leaf.certificate.checkPrivateKey(leaf.key)).toBe(true);
    expect(leaf.certificate.issuer).toBe("CN=Test CA");
    expect(leaf.certificate.checkHost("x.app.example")).toBe("*.app.example");
    expect(extensionsOf(leaf)).toEqual({
      isAuthority: false,
      alternatives: "DNS:app.example, DNS:*.app.example, IP Address:10.0.0.1, IP Address:FD00:0:0:0:0:0:0:1",
      usage: SERVER_AND_CLIENT,
    });
  });

  test("can be made by an authority from elsewhere, with a key of another kind", async () => {
    const [leaf] = await certificates(
      '$a := sprig_genCAWithKey "Far" 1 (sprig_genPrivateKey "ecdsa"); ' +
        "$ca := sprig_buildCustomCert ($a.Cert | base64Encode) ($a.Key | base64Encode); " +
        '$leaf := sprig_genSignedCertWithKey "é" nil nil 1 $ca (sprig_genPrivateKey "ed25519"); ' +
        "$ok := eq $ca.Cert $a.Cert",
      ["$leaf"],
    );
    expect(leaf?.certificate.subject).toBe("CN=é");
    expect(leaf?.certificate.issuer).toBe("CN=Far");
  });

  test("has a serial number of its own every time", async () => {
    const [a, b] = await certificates(
      '$k := sprig_genPrivateKey "ecdsa"; $a := sprig_genSelfSignedCertWithKey "x" nil nil 1 $k; ' +
        '$b := sprig_genSelfSignedCertWithKey "x" nil nil 1 $k',
      ["$a", "$b"],
    );
    expect(a?.certificate.serialNumber).not.toBe(b?.certificate.serialNumber);
  });
});

test.each([
  ["", /BEGIN RSA PRIVATE KEY/, "rsa"],
  ["ecdsa", /BEGIN EC PRIVATE KEY/, "ec"],
  ["ed25519", /BEGIN PRIVATE KEY/, "ed25519"],
])("sprig_genPrivateKey %j is %s", { timeout: TIMEOUT }, async (kind, head, type) => {
  const { output } = await render(`{{ sprig_genPrivateKey "${kind}" }}`);
  expect(output).toMatch(head);
  expect(createPrivateKey(output).asymmetricKeyType).toBe(type);
});

test("a DSA key has the form that OpenSSL reads", { timeout: TIMEOUT }, async () => {
  const { output } = await render('{{ sprig_genPrivateKey "dsa" }}');
  expect(output).toMatch(/^-----BEGIN DSA PRIVATE KEY-----\n/);
  expect(createPrivateKey(output).asymmetricKeyDetails).toEqual({ modulusLength: 2048, divisorLength: 256 });
});

const KEY = '(sprig_genPrivateKey "ed25519")';

test.each([
  ['sprig_genSelfSignedCert "x" (sprig_list "1.2.3.400") nil 1', "error parsing ip"],
  ['sprig_genSelfSignedCert "x" nil (sprig_list 1) 1', "not a string"],
  ['sprig_genSelfSignedCert "x" nil (sprig_list "ü.example") 1', "Punycode"],
  ['sprig_genCAWithKey "x" 1 "nothing"', "not PEM"],
  ['sprig_genCAWithKey "x" 1 (sprig_genPrivateKey "dsa")', "DSA"],
  ['sprig_genCAWithKey "x" 1 (replaceAll "M" "N" (sprig_genPrivateKey "ecdsa"))', "not encoded as SEC1"],
  ['sprig_buildCustomCert "%" "x"', "illegal base64"],
  ['sprig_buildCustomCert (base64Encode "x") ""', "certificate is not PEM"],
  [
    `sprig_genSignedCert "x" nil nil 1 (sprig_buildCustomCert ((sprig_genCAWithKey "a" 1 ${KEY}).Cert | base64Encode) (${KEY} | base64Encode))`,
    "not that of its certificate",
  ],
])("%s fails and says why", async (call, why) => {
  const { message } = await failureOf(`{{ ${call} }}`, { randomBytes });
  expect(message).toContain(why);
  expect(message).not.toMatch(/BEGIN|END/);
});
