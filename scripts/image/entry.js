// The image's entry point: which of the two bundles a container runs. The agent's is loaded alone, because it
// lives in every pod and its start and memory count there.
import process from "node:process";

if (process.argv[2] === "agent") {
  process.argv.splice(2, 1);
  await import("./keycard-agent.js");
} else {
  await import("./keycard.js");
}
