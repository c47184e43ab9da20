import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import { requirements } from "./ground/requirements.ts";

// `npm run e2e [-- --kind] [-- vitest's arguments]`: the suite, or, in plain words, why it cannot run here.
const kind = process.argv.includes("--kind");
const root = resolve(import.meta.dirname, "../..");
const found = await requirements(process.env, kind);

if (found.kind === "missing") {
  console.error(
    [
      "",
      "************************************************************",
      "  The end-to-end tests DID NOT RUN. This machine lacks:",
      ...found.missing.map((line) => `  - ${line}`),
      "************************************************************",
      "",
    ].join("\n"),
  );
  process.exit(process.env["CI"] ? 1 : 0);
}
const { status } = spawnSync(
  process.execPath,
  [
    join(root, "node_modules", "vitest", "vitest.mjs"),
    "run",
    "--config=test/e2e/vitest.config.ts",
    ...process.argv.slice(2).filter((argument) => argument !== "--kind"),
  ],
  {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, KEYCARD_E2E_KIND: String(kind), KEYCARD_VAULT_BIN: found.parts.vault },
  },
);
process.exit(status ?? 1);
