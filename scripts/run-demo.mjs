// `npm run demo` on a fresh clone: runs on any Node >= 20.19 and needs nothing installed before it. Puts the
// dependencies in place, builds, and hands over to `keycard demo` on the project's own Node.
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const installed = join(root, "node_modules", ".package-lock.json");
const projectNode = join(root, "node_modules", ".bin", process.platform === "win32" ? "node.cmd" : "node");

function run(what, command, args) {
  console.log(`${what} …`);
  const started = Date.now();
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
  if (error || status !== 0) {
    console.error(
      `${what} failed: ${error ? error.message : `${command} ${args.join(" ")} ended with ${status}`}`,
    );
    process.exit(1);
  }
  console.log(`${what}: done in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Keycard needs Node 20.19 or newer to start; this is ${process.versions.node}.`);
  process.exit(1);
}
const stale =
  !existsSync(installed) || statSync(installed).mtimeMs < statSync(join(root, "package-lock.json")).mtimeMs;
if (stale) run("Installing dependencies", "npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
run("Building", projectNode, ["scripts/build.ts"]);
const demo = spawnSync(projectNode, ["dist/keycard.js", "demo", ...process.argv.slice(2)], {
  cwd: root,
  stdio: "inherit",
});
process.exit(demo.status ?? 1);
