import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { KeycardError } from "../errors.ts";
import type { Command } from "./command.ts";

export const demoCommand: Command = {
  name: "demo",
  summary: "runs the whole thing on real parts, without Kubernetes",
  help: `Usage: keycard demo [--watch]

Starts a real PostgreSQL, a Vault and the webhook, sends the pod of examples/demo/pod.yaml through it, and runs
the patched pod's containers as processes of this machine: leases renew, rotate and get revoked under an
application that logs in ten times a second. Ends with a table of what was counted. Takes about 90 seconds.

  --watch   go on until Ctrl-C

It runs from a clone of the repository (npm run demo). The Vault is the one KEYCARD_VAULT_BIN names, else a vault or
bao on PATH, else the development Vault. Exit codes: 0 every promise was kept, 1 one was broken or a part failed.`,
  async run(args, io) {
    const { values } = parseArgs({
      args: [...args],
      options: { watch: { type: "boolean", default: false } },
    });
    const { runDemo } = await import("../dev/demo/demo.ts");
    const { renderTable } = await import("../dev/demo/table.ts");
    const print = (line: string) => void io.stdout.write(`${line}\n`);
    const rows = await runDemo({
      watch: values.watch,
      root: cloneRoot(),
      env: io.env,
      signal: io.signal,
      print,
    });
    print("");
    for (const line of renderTable(rows)) print(line);
    const kept = rows.every((row) => row.kept);
    print(kept ? "\nEvery promise was kept." : "\nA promise was broken.");
    return kept ? 0 : 1;
  },
};

/** The clone this file runs from, as source or as a bundle in `dist/`. */
function cloneRoot(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "examples", "demo", "pod.yaml"))) return folder;
    if (folder === dirname(folder)) {
      throw new KeycardError(
        "KEYCARD_DEV_NO_CLONE",
        "The demo runs from a clone of the repository: npm run demo.",
      );
    }
  }
}
