import { runAgentProgram } from "./program.ts";

const ending = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => ending.abort());

// Whoever reads the log may go away; the pod's logins are worth more than its lines.
process.stdout.on("error", () => undefined);

// `agent` is the command's name in the image; alone in its bundle the agent goes without.
const args = process.argv.slice(2);
const ended = runAgentProgram(args[0] === "agent" ? args.slice(1) : args, {
  env: process.env,
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
  signal: ending.signal,
});
// Calls that Vault never answers must not hold up the end of the pod.
void ended.then((code) => process.exit(code));
