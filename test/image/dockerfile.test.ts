import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = resolve(import.meta.dirname, "../..");
const dockerfile = await readFile(resolve(ROOT, "Dockerfile"), "utf8");
const archive = await readFile(resolve(ROOT, "scripts/image/keycard-image.ts"), "utf8");

describe("the Dockerfile", () => {
  it("has the Node that the project runs on", async () => {
    const { devDependencies } = JSON.parse(await readFile(resolve(ROOT, "package.json"), "utf8")) as {
      readonly devDependencies: Readonly<Record<string, string>>;
    };
    expect(/^ARG NODE_VERSION=(.+)$/m.exec(dockerfile)?.[1]).toBe(devDependencies["node"]);
  });

  it("starts what the archive starts, as the same user", () => {
    const entrypoint = JSON.parse(/^ENTRYPOINT (.+)$/m.exec(dockerfile)?.[1] ?? "null") as readonly string[];
    expect(archive).toContain(`entrypoint: ${JSON.stringify(entrypoint).replace(",", ", ")}`);
    const [uid] = (/^USER (\d+:\d+)$/m.exec(dockerfile)?.[1] ?? "").split(":");
    expect(archive).toContain(`uid: ${uid}`);
  });

  it("copies into the build only what is let into its context", async () => {
    const ignore = await readFile(resolve(ROOT, ".dockerignore"), "utf8");
    const allowed = new Set(
      ignore.split("\n").flatMap((line) => (line.startsWith("!") ? [line.slice(1)] : [])),
    );
    const copied = [...dockerfile.matchAll(/^COPY ([^-].*) \S+$/gm)].flatMap((match) =>
      (match[1] ?? "").split(/\s+/),
    );
    expect(copied.length).toBeGreaterThan(0);
    expect(copied.filter((path) => !allowed.has(path.replace("./", "")))).toEqual([]);
  });
});
