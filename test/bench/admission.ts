/**
 * `npm run bench:admission`: the webhook, pinned to one core, under keep-alive TLS load, beside a bare
 * node:https server that parses the same reviews and answers the same bytes, in turns, and beside vault-k8s where
 * `KEYCARD_VAULT_K8S_BIN` names its binary. Prints the median of each and the webhook's ratios to the others, by
 * requests per second and by CPU time a request (which other load on the machine disturbs less). Two loads: pods of
 * a few workloads, as clusters start them, and as the worst case pods of ever new workloads, more than the webhook
 * remembers.
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { createAuthority, issueServingCertificate } from "../../src/certs/authority.ts";
import { reviewsOf } from "./admission-reviews.ts";
import {
  type Certificate,
  pinned,
  type Server,
  startBare,
  startVaultK8s,
  startWebhook,
} from "./admission-servers.ts";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "7" },
    seconds: { type: "string", default: "3" },
    /** Seconds before the first round, for each server: Node has much to compile. */
    "warm-up": { type: "string", default: "10" },
    connections: { type: "string", default: "1,8,64" },
    "cold-connections": { type: "string", default: "8" },
    /** Flags for the webhook's node, such as --cpu-prof. */
    "node-options": { type: "string", default: "" },
  },
});
const LOAD = new URL("admission-load.ts", import.meta.url).pathname;
const execFileAsync = promisify(execFile);

/** What is sent: pods of so many workloads. */
interface Load {
  readonly name: string;
  readonly workloads: number;
  readonly podsEach: number;
  readonly connections: readonly string[];
}

const LOADS: readonly Load[] = [
  { name: "warm", workloads: 16, podsEach: 4, connections: listed(options.connections) },
  { name: "cold", workloads: 4096, podsEach: 1, connections: listed(options["cold-connections"]) },
];

function listed(text: string): readonly string[] {
  return text.split(",").filter((entry) => entry !== "");
}

interface Sample {
  readonly requestsPerSecond: number;
  readonly p99Milliseconds: number;
  readonly cpuMicroseconds: number;
}

/** Connections, seconds, and the file of reviews to send. */
interface Sent {
  readonly connections: string;
  readonly reviewsFile: string;
}

async function measure(server: Server, { connections, reviewsFile }: Sent, seconds: string): Promise<Sample> {
  const before = server.cpuSeconds();
  const load = [process.execPath, LOAD, String(server.port), connections, seconds, reviewsFile];
  const [command, args] = pinned(0, load);
  const { stdout } = await execFileAsync(command, args, { maxBuffer: 1 << 24 });
  const report = JSON.parse(stdout);
  if (report.non2xx > 0 || report.errors > 0) throw new Error(`${server.name} failed requests: ${stdout}`);
  return {
    requestsPerSecond: report.requests.average,
    p99Milliseconds: report.latency.p99,
    cpuMicroseconds: ((server.cpuSeconds() - before) / report.requests.total) * 1e6,
  };
}

function median(samples: readonly Sample[], of: keyof Sample): number {
  const sorted = samples.map((sample) => sample[of]).sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** The webhook's own answers, for the bare server to repeat. */
async function answersOf({ port }: Server, reviews: readonly string[]): Promise<readonly string[]> {
  process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
  const answers: string[] = [];
  for (const body of reviews) {
    const headers = { "content-type": "application/json" };
    const response = await fetch(`https://127.0.0.1:${port}/mutate`, { method: "POST", headers, body });
    answers.push(await response.text());
  }
  return answers;
}

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "keycard-bench-"));
  try {
    const certificate = await servingCertificate(folder);
    await using webhook = await startWebhook(certificate, options["node-options"]);
    const answers = join(folder, "answers");
    await writeFile(answers, (await answersOf(webhook, reviewsOf(16, 4))).join("\n"));
    await using others = new AsyncDisposableStack();
    const servers = [webhook, others.use(await startBare(certificate, answers))];
    const vaultK8s = process.env["KEYCARD_VAULT_K8S_BIN"] ?? "";
    if (vaultK8s !== "") servers.push(others.use(await startVaultK8s(vaultK8s, certificate)));
    for (const load of LOADS) {
      const reviews = reviewsOf(load.workloads, load.podsEach);
      const reviewsFile = join(folder, load.name);
      await writeFile(reviewsFile, reviews.join("\n"));
      for (const connections of load.connections) {
        console.log(
          `${load.name}: ${reviews.length} reviews of ${load.workloads} workloads in turn, ` +
            `${reviews[0]?.length} bytes each, ${connections} connections`,
        );
        await compare(servers, { connections, reviewsFile });
      }
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function servingCertificate(folder: string): Promise<Certificate> {
  const validity = { now: new Date(), lifetimeDays: 1 };
  const authority = await createAuthority(validity);
  const serving = await issueServingCertificate(authority, { ...validity, hosts: ["127.0.0.1"] });
  const files = { certificate: join(folder, "tls.crt"), key: join(folder, "tls.key") };
  await writeFile(files.certificate, serving.certificate);
  await writeFile(files.key, serving.privateKey);
  return files;
}

/** Measures all in turns, and prints how the first does beside each of the others. */
async function compare(servers: readonly Server[], sent: Sent): Promise<void> {
  const samples = new Map<Server, Sample[]>(servers.map((server) => [server, []]));
  for (const server of servers) await measure(server, sent, options["warm-up"]);
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const [server, taken] of samples) taken.push(await measure(server, sent, options.seconds));
  }
  const [ours = [], ...others] = samples.values();
  for (const [server, taken] of samples) {
    const [rate, p99, cpu] = (["requestsPerSecond", "p99Milliseconds", "cpuMicroseconds"] as const).map(
      (of) => median(taken, of),
    );
    console.log(
      `  ${server.name.padEnd(9)} ${rate?.toFixed(0)} requests/s, p99 ${p99} ms, ${cpu?.toFixed(0)} us CPU a request`,
    );
  }
  for (const [index, theirs] of others.entries()) {
    const byRate = median(ours, "requestsPerSecond") / median(theirs, "requestsPerSecond");
    const byCpu = median(theirs, "cpuMicroseconds") / median(ours, "cpuMicroseconds");
    const byP99 = median(ours, "p99Milliseconds") / median(theirs, "p99Milliseconds");
    console.log(
      `  webhook / ${servers[index + 1]?.name}: ${(byRate * 100).toFixed(0)} % of its requests/s, ` +
        `${(byCpu * 100).toFixed(0)} % by CPU, ${(byP99 * 100).toFixed(0)} % of its p99`,
    );
  }
  console.log(`  load average ${loadavg()[0]?.toFixed(1)}`);
}

await main();
