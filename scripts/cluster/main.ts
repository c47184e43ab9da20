import { parseArgs } from "node:util";
import { KeycardError } from "../../src/errors.ts";
import { hostCluster } from "./host-cluster.ts";
import { kindCluster, missingForKind } from "./kind-cluster.ts";
import { missingPrerequisites } from "./prerequisites.ts";
import type { TestCluster } from "./test-cluster.ts";

const USAGE = `Usage: npm run cluster -- up|down|status [--kind]

  up      start a Kubernetes cluster on this host, or what is not running of it
  down    end it and remove everything it made
  status  tell what runs and how to use it (exit code 1: not running)

  --kind  use Docker and kind instead of this host's own processes

Exit code 3: this machine cannot run a cluster; the output says what is missing.`;

async function main(args: readonly string[]): Promise<number> {
  const { positionals, values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { kind: { type: "boolean", default: false }, help: { type: "boolean", short: "h" } },
  });
  const [command, ...rest] = positionals;
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  if (rest.length > 0 || (command !== "up" && command !== "down" && command !== "status")) {
    console.error(USAGE);
    return 2;
  }
  const cluster = values.kind ? kindCluster(process.env) : await hostCluster(process.env);
  if (command === "status") return status(cluster);

  const missing = await (values.kind ? missingForKind(process.env) : missingPrerequisites(process.env));
  if (missing.length > 0) {
    console.error(["A cluster cannot run here.", ...missing].join("\n"));
    return 3;
  }
  const started = Date.now();
  await cluster[command]((line) =>
    console.log(`${((Date.now() - started) / 1000).toFixed(1).padStart(6)} s  ${line}`),
  );
  return command === "up" ? status(cluster) : 0;
}

async function status(cluster: TestCluster): Promise<number> {
  const daemons = await cluster.status();
  for (const { name, running } of daemons) console.log(`${name.padEnd(24)} ${running ? "running" : "ended"}`);
  const running = daemons.length > 0 && daemons.every((daemon) => daemon.running);
  if (!running) {
    console.log("The cluster is not running. Start it with: npm run cluster -- up");
    return 1;
  }
  console.log(`\nexport KUBECONFIG=${cluster.kubeconfig}\n${cluster.kubectl} get nodes`);
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof KeycardError ? error.message : error);
  process.exitCode = error instanceof TypeError ? 2 : 1;
}
