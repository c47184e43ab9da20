#!/usr/local/bin/node
// The image's entry point, also /usr/local/bin/keycard: which of the two bundles a container runs. The agent's is
// loaded alone, because it lives in every pod and its start and memory count there.
import process from "node:process";

if (process.argv[2] === "agent") {
  await import("./keycard-agent.js");
} else {
  const { main } = await import("./keycard.js");
  await main();
}
