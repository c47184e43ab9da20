import { createPrivateKey, X509Certificate } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createAuthority, issueServingCertificate } from "../../src/certs/authority.ts";

const now = new Date("2026-03-01T12:00:00Z");
const authority = await createAuthority({ now, lifetimeDays: 365 });
const ca = new X509Certificate(authority.certificate);

describe("an authority", () => {
  it("is a CA that signed itself", () => {
    expect(ca.ca).toBe(true);
    expect(ca.verify(ca.publicKey)).toBe(true);
    expect(ca.checkPrivateKey(createPrivateKey(authority.privateKey))).toBe(true);
  });

  it("lives as long as asked, from a little before now", () => {
    expect(ca.validFromDate).toEqual(new Date("2026-03-01T11:55:00Z"));
    expect(ca.validToDate).toEqual(new Date("2027-03-01T12:00:00Z"));
  });

  it("has a name of its own", async () => {
    const other = new X509Certificate((await createAuthority({ now, lifetimeDays: 365 })).certificate);
    expect(other.subject).not.toBe(ca.subject);
    expect(other.serialNumber).not.toBe(ca.serialNumber);
  });
});

describe("a serving certificate", () => {
  const hosts = ["keycard.keycard.svc", "keycard.keycard.svc.cluster.local", "127.0.0.1", "fd00::1"];

  it("is signed by its authority, for servers, under every host", async () => {
    const leaf = new X509Certificate(
      (await issueServingCertificate(authority, { hosts, now, lifetimeDays: 7 })).certificate,
    );
    expect(leaf.verify(ca.publicKey)).toBe(true);
    expect(leaf.checkIssued(ca)).toBe(true);
    expect(leaf.ca).toBe(false);
    expect(leaf.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
    expect(leaf.checkHost("keycard.keycard.svc")).toBe("keycard.keycard.svc");
    expect(leaf.checkIP("127.0.0.1")).toBe("127.0.0.1");
    expect(leaf.checkIP("fd00::1")).toBe("fd00::1");
    expect(leaf.checkHost("other.svc")).toBeUndefined();
    expect(leaf.validToDate).toEqual(new Date("2026-03-08T12:00:00Z"));
  });

  it("never outlives its authority", async () => {
    const late = new Date("2027-02-27T12:00:00Z");
    const issued = await issueServingCertificate(authority, { hosts, now: late, lifetimeDays: 7 });
    expect(new X509Certificate(issued.certificate).validToDate).toEqual(ca.validToDate);
  });
});
