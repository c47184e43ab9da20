import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { type TarEntry, tar } from "../../scripts/image/tar.ts";

async function bytes(entries: readonly TarEntry[]): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of tar(entries)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const file = (path: string, content = "x"): TarEntry => ({ kind: "file", path, content });

describe("a tar archive", () => {
  it("is what tar itself reads", async () => {
    const long = `${"directory/".repeat(15)}file`;
    const archive = await bytes([
      { kind: "file", path: "bin/program", content: "#!\n", mode: 0o755, owner: { uid: 7, gid: 8 } },
      { kind: "symlink", path: "bin/link", target: "program" },
      { kind: "directory", path: "tmp", mode: 0o1777 },
      file(long, "y".repeat(1000)),
    ]);
    const listing = execFileSync("tar", ["--list", "--verbose", "--numeric-owner", "--file=-"], {
      input: archive,
      env: { ...process.env, TZ: "UTC" },
    })
      .toString()
      .replaceAll(/ +/g, " ");
    expect(listing).toContain("-rwxr-xr-x 7/8 3 1970-01-01 00:00 bin/program");
    expect(listing).toContain("bin/link -> program");
    expect(listing).toContain("drwxrwxrwt 0/0 0 1970-01-01 00:00 tmp/");
    expect(listing).toContain(`1000 1970-01-01 00:00 ${long}`);
  });

  it("does not depend on the order of its entries", async () => {
    const entries = [file("b"), file("a/c"), file("a/b")];
    expect(await bytes(entries)).toEqual(await bytes(entries.toReversed()));
  });

  it("has every directory before what is in it", async () => {
    const listing = execFileSync("tar", ["--list", "--file=-"], {
      input: await bytes([file("a/b/c"), file("a.b")]),
    });
    expect(listing.toString().split("\n")).toEqual(["a/", "a.b", "a/b/", "a/b/c", ""]);
  });

  it.each([
    ["two entries of one path", [file("a"), file("a")], "Two entries for a"],
    ["a name that does not fit", [file("n".repeat(101))], "longer than the 100 bytes"],
    ["a link that does not fit", [{ kind: "symlink", path: "a", target: "t".repeat(101) }], "longer than"],
  ] as const)("refuses %s", async (_, entries, message) => {
    await expect(bytes(entries)).rejects.toThrow(message);
  });
});
