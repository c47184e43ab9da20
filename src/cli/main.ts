import { KeycardError, messageOf } from "../errors.ts";
import { VERSION } from "../version.ts";
import type { Command, CommandIo } from "./command.ts";

/** Each command is loaded only when asked for: `keycard version` must not wait for a Kubernetes client. */
const COMMANDS: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ["webhook", async () => (await import("./webhook.ts")).webhookCommand],
  ["agent-inject", async () => (await import("./webhook.ts")).agentInjectCommand],
  ["agent", async () => (await import("./agent.ts")).agentCommand],
  ["inject", async () => (await import("./inject.ts")).injectCommand],
  ["template", async () => (await import("./template.ts")).templateCommand],
  ["explain", async () => (await import("./explain.ts")).explainCommand],
  ["demo", async () => (await import("./demo.ts")).demoCommand],
  ["version", async () => (await import("./version.ts")).versionCommand],
]);

/** Names that users of any command line already know. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ["--version", "version"],
  ["-v", "version"],
]);

/** Runs one command line, without the program's own name. Resolves to the exit code; never rejects. */
export async function runCommandLine(args: readonly string[], io: CommandIo): Promise<number> {
  const [name = "--help", ...rest] = args;
  if (name === "--help" || name === "-h" || name === "help") return help(rest[0], io);
  const load = COMMANDS.get(ALIASES.get(name) ?? name);
  if (!load) {
    io.stderr.write(`keycard: unknown command "${name}"; "keycard --help" lists the commands.\n`);
    return 2;
  }
  try {
    const command = await load();
    if (rest.includes("--help") || rest.includes("-h")) {
      io.stdout.write(`${command.help}\n`);
      return 0;
    }
    return await command.run(rest, io);
  } catch (error) {
    if (isUsageError(error)) {
      io.stderr.write(`keycard ${name}: ${error.message}; "keycard ${name} --help" tells the options.\n`);
      return 2;
    }
    io.stderr.write(`keycard ${name}: ${describe(error)}\n`);
    return 1;
  }
}

async function help(topic: string | undefined, io: CommandIo): Promise<number> {
  if (topic !== undefined) return runCommandLine([topic, "--help"], io);
  const lines = [
    `keycard ${VERSION}: short-lived logins for Kubernetes pods`,
    "",
    "Usage: keycard COMMAND [ARGUMENTS]",
    "",
  ];
  for (const load of COMMANDS.values()) {
    const command = await load();
    lines.push(`  ${command.name.padEnd(14)}${command.summary}`);
  }
  lines.push("", '"keycard COMMAND --help" tells more of each.');
  io.stdout.write(`${lines.join("\n")}\n`);
  return 0;
}

/** Options that `parseArgs` of node:util refused. */
function isUsageError(error: unknown): error is Error {
  return error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS_");
}

/** An expected error speaks for itself; anything else is a defect, and its stack is what a report needs. */
function describe(error: unknown): string {
  if (error instanceof KeycardError) return `${error.message} [${error.code}]`;
  return error instanceof Error && error.stack ? error.stack : messageOf(error);
}

/** Runs the process's own command line, ending it with the command's exit code. */
export async function main(): Promise<void> {
  const ended = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => ended.abort(signal));
  process.exitCode = await runCommandLine(process.argv.slice(2), {
    env: process.env,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    signal: ended.signal,
  });
}
