#!/usr/local/bin/node
// The image's entry point, also /usr/local/bin/keycard: which of the two bundles a container runs. The agent's is
// loaded alone, because it lives in every pod and its start and memory count there.
import process from "node:process";

if (process.argv[2] === "agent") {
  await import("./keycard-agent.js");
} else {
  const { runCommandLine } = await import("./keycard.js");
  const ended = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => ended.abort(signal));
  process.exitCode = await runCommandLine(process.argv.slice(2), {
    env: process.env,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    signal: ended.signal,
  });
}
