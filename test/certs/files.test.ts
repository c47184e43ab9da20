import { describe, expect, it } from "vitest";
import { type CertifiedKey, createAuthority, issueServingCertificate } from "../../src/certs/authority.ts";
import { fileCertificates } from "../../src/certs/files.ts";
import { FakeClock } from "../cluster/fake-clock.ts";

const validity = { now: new Date(), lifetimeDays: 1 };
const authority = await createAuthority(validity);
const [first, second] = await Promise.all(
  ["one.svc", "two.svc"].map((host) => issueServingCertificate(authority, { ...validity, hosts: [host] })),
);
if (!first || !second) throw new Error("two certificates are needed");

interface Fixture {
  readonly files: Map<string, string>;
  readonly changes: CertifiedKey[];
  readonly problems: unknown[];
  readonly source: ReturnType<typeof fileCertificates>;
  look(): Promise<void>;
  put(pair: Partial<CertifiedKey>): void;
}

function fixture(pair: CertifiedKey): Fixture {
  const files = new Map([
    ["/tls.crt", pair.certificate],
    ["/tls.key", pair.privateKey],
  ]);
  const changes: CertifiedKey[] = [];
  const problems: unknown[] = [];
  const clock = new FakeClock();
  const source = fileCertificates({
    certificateFile: "/tls.crt",
    keyFile: "/tls.key",
    async readFile(path) {
      const text = files.get(path);
      if (text === undefined) throw new Error("ENOENT");
      return text;
    },
    clock,
    onProblem: (error) => problems.push(error),
    onRecovered: () => {},
  });
  return {
    files,
    changes,
    problems,
    source,
    async look() {
      await clock.advance(1000, 1);
      await clock.asleep(1);
    },
    put({ certificate, privateKey }) {
      if (certificate !== undefined) files.set("/tls.crt", certificate);
      if (privateKey !== undefined) files.set("/tls.key", privateKey);
    },
  };
}

describe("certificate files", () => {
  it("are served as they are, and again when they change", async () => {
    const { source, changes, look, put } = fixture(first);
    expect(await source.start((next) => changes.push(next))).toEqual(first);
    await look();
    expect(changes).toEqual([]);
    put(second);
    await look();
    expect(changes).toEqual([second]);
  });

  it("are not served while only one of them has changed, which is told once", async () => {
    const { source, changes, problems, look, put } = fixture(first);
    await source.start((next) => changes.push(next));
    put({ certificate: second.certificate });
    await look();
    await look();
    expect(changes).toEqual([]);
    expect(problems).toEqual([expect.objectContaining({ code: "KEYCARD_CERTIFICATE_PAIR" })]);
    put({ privateKey: second.privateKey });
    await look();
    expect(changes).toEqual([second]);
  });

  it("may vanish for a moment", async () => {
    const { source, changes, problems, look, files, put } = fixture(first);
    await source.start((next) => changes.push(next));
    files.clear();
    await look();
    put(first);
    await look();
    expect(changes).toEqual([]);
    expect(problems).toEqual([expect.objectContaining({ code: "KEYCARD_CERTIFICATE_FILE" })]);
  });

  it.each([
    ["missing", "KEYCARD_CERTIFICATE_FILE", (files: Map<string, string>) => files.clear()],
    ["no PEM", "KEYCARD_CERTIFICATE_PAIR", (files: Map<string, string>) => files.set("/tls.crt", "none")],
  ])("that are %s at start are an error that names them", async (_, code, spoil) => {
    const { source, files } = fixture(first);
    spoil(files);
    await expect(source.start(() => {})).rejects.toMatchObject({
      code,
      message: expect.stringContaining("/tls.crt"),
    });
  });
});
