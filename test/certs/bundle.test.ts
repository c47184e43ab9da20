import { describe, expect, it } from "vitest";
import { createAuthority } from "../../src/certs/authority.ts";
import { bundled, certificatesIn, isValidAt, parsedCertificate } from "../../src/certs/bundle.ts";

const now = new Date("2026-05-01T00:00:00Z");
const [one, other] = await Promise.all([
  createAuthority({ now, lifetimeDays: 2 }),
  createAuthority({ now, lifetimeDays: 2 }),
]);
if (!one || !other) throw new Error("two authorities are needed");

describe("a bundle", () => {
  it("holds each certificate once, in order", () => {
    const bundle = bundled([one.certificate, other.certificate, one.certificate]);
    expect(certificatesIn(bundle)).toEqual([one.certificate, other.certificate]);
  });

  it("is the same for the same certificates however they were written", () => {
    expect(bundled([` ${one.certificate.trim()}\n\n# a comment\n${other.certificate}`])).toBe(
      bundled([one.certificate, other.certificate]),
    );
  });

  it.each(["", "nonsense", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----"])(
    "has none in %j",
    (text) => {
      expect(certificatesIn(text).filter((pem) => parsedCertificate(pem))).toEqual([]);
    },
  );

  it("knows when a certificate is valid", () => {
    const at = (time: string): boolean => isValidAt(one.certificate, new Date(time));
    expect(at("2026-04-30T23:50:00Z")).toBe(false);
    expect(at("2026-05-01T00:00:00Z")).toBe(true);
    expect(at("2026-05-03T00:00:00Z")).toBe(false);
    expect(isValidAt("nonsense", now)).toBe(false);
  });
});
