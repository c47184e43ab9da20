import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { sbom } from "../../scripts/image/sbom.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const input = { packageLock: resolve(ROOT, "package-lock.json"), nodeVersion: "24.0.0", libraries: [] };

interface Component {
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
}

describe("the bill of materials", () => {
  it("has every dependency at its locked version, and none that only development needs", async () => {
    const { dependencies, devDependencies } = JSON.parse(
      await readFile(resolve(ROOT, "package.json"), "utf8"),
    ) as { dependencies: Record<string, string>; devDependencies: Record<string, string> };
    const { components } = JSON.parse(await sbom(input)) as { readonly components: readonly Component[] };
    const versions = new Map(components.map((component) => [component.name, component.version]));
    expect(Object.fromEntries(Object.keys(dependencies).map((name) => [name, versions.get(name)]))).toEqual(
      dependencies,
    );
    expect(Object.keys(devDependencies).filter((name) => name !== "node" && versions.has(name))).toEqual([]);
    expect(versions.get("node")).toBe("24.0.0");
  });

  it("gives scoped packages their package URL, and packages the digest that npm checks", async () => {
    const { components } = JSON.parse(await sbom(input)) as { readonly components: readonly Component[] };
    const client = components.find((component) => component.name === "@kubernetes/client-node");
    expect(client?.purl).toMatch(/^pkg:npm\/%40kubernetes\/client-node@\d/);
    expect(client?.hashes).toEqual([{ alg: "SHA-512", content: expect.stringMatching(/^[0-9a-f]{128}$/) }]);
  });

  it("is the same each time", async () => {
    expect(await sbom(input)).toBe(await sbom(input));
  });
});
