import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { listenAddress, urlPath, vaultAddress } from "../../src/settings/address.ts";
import { cipherSuite } from "../../src/settings/cipher-suites.ts";
import { parseGoDuration } from "../../src/settings/duration.ts";
import { annotationPrefix, boolean, byteSize, posixId, quantity } from "../../src/settings/grammar.ts";

describe("booleans", () => {
  it.each(["1", "t", "T", "TRUE", "true", "True"])("take %s for true", (text) => {
    expect(boolean.parse(text)).toBe(true);
  });
  it.each(["0", "f", "F", "FALSE", "false", "False"])("take %s for false", (text) => {
    expect(boolean.parse(text)).toBe(false);
  });
  it.each(["", "yes", "on", "tRuE", " true", "2"])("refuse %j", (text) => {
    expect(boolean.parse(text)).toBeUndefined();
  });
});

describe("durations", () => {
  it.each([
    ["0", 0],
    ["1s", 1000],
    ["1h30m", 5_400_000],
    ["250ms", 250],
    ["1.5s", 1500],
    [".5s", 500],
    ["1.s", 1000],
    ["-1s", -1000],
    ["+2m", 120_000],
    ["3us", 0.003],
  ])("read %s", (text, milliseconds) => {
    expect(parseGoDuration(text)).toBeCloseTo(milliseconds, 9);
  });
  it.each(["", "5", "s", "1x", "1 s", ".s", "1h-1m", "--1s"])("refuse %j", (text) => {
    expect(parseGoDuration(text)).toBeUndefined();
  });
});

describe("listen addresses", () => {
  it.each([
    [":8080", undefined, 8080],
    ["127.0.0.1:0", "127.0.0.1", 0],
    ["localhost:443", "localhost", 443],
    ["[::1]:8443", "::1", 8443],
    ["[::]:8443", "::", 8443],
  ])("read %s", (text, host, port) => {
    expect(listenAddress.parse(text)).toEqual({ host, port });
  });
  it.each(["", "8080", "::1:80", ":65536", "host:", "a b:1", "[x]:1"])("refuse %j", (text) => {
    expect(listenAddress.parse(text)).toBeUndefined();
  });
});

describe("quantities", () => {
  it.each(["", "0", "500m", "64Mi", "1.5", ".5", "1e3", "12E", "1Ki"])("take %j", (text) => {
    expect(quantity.parse(text)).toBe(text);
  });
  it.each(["lots", "1Mib", "m", " 1", "1 Mi", "1mi", "--1"])("refuse %j", (text) => {
    expect(quantity.parse(text)).toBeUndefined();
  });
});

describe("sizes, ids, prefixes, paths and suites", () => {
  it("read a size in bytes", () => {
    expect(byteSize.parse("8Mi")).toBe(8_388_608);
    expect(byteSize.parse("8388608")).toBe(8_388_608);
    expect(byteSize.parse("65Mi")).toBeUndefined();
  });
  it.each(["", "root", "-1", "1.0", "2147483648"])("refuse the id %j", (text) => {
    expect(posixId.parse(text)).toBeUndefined();
  });
  it.each(["Vault.example", "a/b", "", "-a", "a..b"])("refuse the prefix %j", (text) => {
    expect(annotationPrefix.parse(text)).toBeUndefined();
  });
  it.each(["/mutate", "metrics", "/a b", "/:name", "/*"])("refuse the path %j", (text) => {
    expect(urlPath.parse(text)).toBeUndefined();
  });
  it("map a cipher suite to OpenSSL's name", () => {
    expect(cipherSuite.parse("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")).toBe("ECDHE-RSA-AES128-GCM-SHA256");
    expect(cipherSuite.parse("toString")).toBeUndefined();
  });
  it("refuse a Vault address that is not HTTP", () => {
    expect(vaultAddress.parse("ftp://vault")).toBeUndefined();
    expect(vaultAddress.parse("http://vault:8200")).toBe("http://vault:8200");
  });
});

describe("every grammar", () => {
  it("answers any text without throwing, and quickly", () => {
    const grammars = [
      boolean,
      listenAddress,
      quantity,
      byteSize,
      posixId,
      annotationPrefix,
      urlPath,
      vaultAddress,
    ];
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
        for (const grammar of grammars) grammar.parse(text);
        parseGoDuration(text);
      }),
    );
  });
});
