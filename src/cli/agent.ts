import { AGENT_HELP, runAgentProgram } from "../agent/program.ts";
import type { Command } from "./command.ts";

/** The same program as the agent's own bundle, for a checkout and for debugging. */
export const agentCommand: Command = {
  name: "agent",
  summary: "keeps a pod's secrets (runs in pods that the webhook has patched)",
  help: AGENT_HELP,
  run: (args, io) =>
    runAgentProgram(args, {
      env: io.env,
      stdout: (text) => io.stdout.write(text),
      stderr: (text) => io.stderr.write(text),
      signal: io.signal,
    }),
};
