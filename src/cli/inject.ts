import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { messageOf } from "../errors.ts";
import { injectionSettings } from "../settings/injection.ts";
import type { Command, CommandIo } from "./command.ts";
import { injectManifest } from "./inject/inject-manifest.ts";
import { unifiedDiff } from "./inject/line-diff.ts";
import { ManifestError, readManifest } from "./inject/manifest.ts";

const OPTIONS = {
  file: { type: "string", short: "f", default: "-" },
  namespace: { type: "string", short: "n", default: "default" },
  diff: { type: "boolean", default: false },
} as const;

/** `keycard inject`: what the webhook would do, without a cluster. */
export const injectCommand: Command = {
  name: "inject",
  summary: "injects the pods of a manifest without a cluster",
  help: `Usage: keycard inject [-f FILE|-] [-n NAMESPACE] [--diff]

Reads a manifest, injects every pod that asks for it as the webhook would, and writes the manifest back.
Pods, pod templates, Deployments, StatefulSets, DaemonSets, ReplicaSets, ReplicationControllers, Jobs,
CronJobs and Lists of them are looked into; every other document passes through as it is, comments and all.
YAML stays YAML, JSON stays JSON. A report goes to standard error.

  -f, --file FILE|-          manifest to read; - (the default) is standard input
  -n, --namespace NAMESPACE  namespace of resources that name none (default: default)
      --diff                 print what changes instead of the whole manifest

The defaults of annotations come from the same KEYCARD_* and AGENT_INJECT_* variables as the webhook's.

Exit codes: 0 all is well, 1 a resource was denied or the manifest cannot be read (nothing is written then),
2 wrong usage.`,
  run,
};

async function run(args: readonly string[], io: CommandIo): Promise<number> {
  let options: { readonly file: string; readonly namespace: string; readonly diff: boolean };
  try {
    options = parseArgs({ args: [...args], options: OPTIONS, strict: true, allowPositionals: false }).values;
  } catch (thrown) {
    io.stderr.write(`keycard inject: ${messageOf(thrown)}\nSee "keycard inject --help".\n`);
    return 2;
  }
  const settings = injectionSettings(io.env);
  const source = options.file === "-" ? "standard input" : options.file;
  const manifest = readManifest(await readSource(options.file, io), source);
  const result = injectManifest(manifest, options.namespace, settings);
  io.stderr.write(result.report.map((line) => `${line}\n`).join(""));
  if (result.denied) {
    return 1;
  }
  io.stdout.write(
    options.diff ? unifiedDiff(result.parts, source) : result.parts.map(({ after }) => after).join(""),
  );
  return 0;
}

async function readSource(file: string, io: CommandIo): Promise<string> {
  if (file !== "-") {
    try {
      return await readFile(file, "utf8");
    } catch (thrown) {
      throw new ManifestError(`Cannot read ${file}: ${messageOf(thrown)}`, { cause: thrown });
    }
  }
  const parts: Buffer[] = [];
  for await (const part of io.stdin) {
    parts.push(typeof part === "string" ? Buffer.from(part) : part);
  }
  return Buffer.concat(parts).toString("utf8");
}
