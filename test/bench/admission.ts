/**
 * `npm run bench:admission`: the webhook, pinned to one core, under keep-alive TLS load, beside a bare
 * node:https server that parses the same reviews and answers the same bytes, in turns. Prints the median of each
 * and their ratio, by requests per second and by CPU time a request (which other load on the machine disturbs
 * less). Two loads: pods of a few workloads, as clusters start them, and as the worst case pods of ever new
 * workloads, more than the webhook remembers.
 */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs, promisify } from "node:util";
import { createAuthority, issueServingCertificate } from "../../src/certs/authority.ts";
import { reviewsOf } from "./admission-reviews.ts";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "4" },
    connections: { type: "string", default: "1,8,64" },
    "cold-connections": { type: "string", default: "8" },
    /** Flags for the webhook's node, such as --cpu-prof. */
    "node-options": { type: "string", default: "" },
  },
});
const WEBHOOK = new URL("../../dist/keycard.js", import.meta.url).pathname;
const BARE = new URL("admission-bare-server.ts", import.meta.url).pathname;
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

interface Server extends AsyncDisposable {
  readonly name: string;
  readonly port: number;
  /** CPU time used so far, user and system, in seconds. */
  cpuSeconds(): number;
}

interface Sample {
  readonly requestsPerSecond: number;
  readonly p99Milliseconds: number;
  readonly cpuMicroseconds: number;
}

/** Command line pinned to a core, where the system can. */
function pinned(core: number, args: readonly string[]): [string, string[]] {
  const command = [process.execPath, ...args];
  return existsSync("/usr/bin/taskset")
    ? ["/usr/bin/taskset", ["-c", String(core), ...command]]
    : [command[0] ?? "", command.slice(1)];
}

async function startServer(
  name: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  portIn: (line: string) => number | undefined,
): Promise<Server> {
  const [command, words] = pinned(1, args);
  const child = spawn(command, words, {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  // Read to the end: a full pipe would hold the server up.
  createInterface(child.stdout).on("line", (line) => {
    const port = portIn(line);
    if (port !== undefined) resolve(port);
  });
  child.once("exit", (code) => reject(new Error(`${name} ended with ${code} before it listened`)));
  const port = await promise;
  return {
    name,
    port,
    cpuSeconds() {
      const fields = readFileSync(`/proc/${child.pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
      // proc(5): utime and stime are fields 14 and 15, in ticks of 10 ms.
      return (Number(fields[11]) + Number(fields[12])) / 100;
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
}

async function measure(server: Server, connections: string, reviewsFile: string): Promise<Sample> {
  const before = server.cpuSeconds();
  const load = [LOAD, String(server.port), connections, options.seconds, reviewsFile];
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
  const inFolder = (name: string): string => join(folder, name);
  const [certificate, key, answers] = [inFolder("tls.crt"), inFolder("tls.key"), inFolder("answers")];
  const validity = { now: new Date(), lifetimeDays: 1 };
  const serving = await issueServingCertificate(await createAuthority(validity), {
    ...validity,
    hosts: ["127.0.0.1"],
  });
  await writeFile(certificate, serving.certificate);
  await writeFile(key, serving.privateKey);
  const env = {
    AGENT_INJECT_LISTEN: "127.0.0.1:0",
    AGENT_INJECT_VAULT_ADDR: "https://vault.vault.svc:8200",
    AGENT_INJECT_TLS_CERT_FILE: certificate,
    AGENT_INJECT_TLS_KEY_FILE: key,
    KEYCARD_SHUTDOWN_DELAY: "0s",
    NODE_OPTIONS: options["node-options"],
  };
  try {
    await using webhook = await startServer("webhook", [WEBHOOK, "webhook"], env, (line) => {
      const { event, port } = JSON.parse(line);
      return event === "listening" ? port : undefined;
    });
    const repeated = await answersOf(webhook, reviewsOf(16, 4));
    await writeFile(answers, repeated.join("\n"));
    await using bare = await startServer("bare", [BARE, certificate, key, answers], {}, Number);
    for (const load of LOADS) {
      const reviews = reviewsOf(load.workloads, load.podsEach);
      await writeFile(inFolder(load.name), reviews.join("\n"));
      for (const connections of load.connections) {
        console.log(
          `${load.name}: ${reviews.length} reviews of ${load.workloads} workloads in turn, ` +
            `${reviews[0]?.length} bytes each, ${connections} connections`,
        );
        await compare(webhook, bare, connections, inFolder(load.name));
      }
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function compare(
  webhook: Server,
  bare: Server,
  connections: string,
  reviewsFile: string,
): Promise<void> {
  const samples = new Map<Server, Sample[]>([
    [webhook, []],
    [bare, []],
  ]);
  for (let round = 0; round <= Number(options.rounds); round++) {
    for (const [server, taken] of samples) {
      const sample = await measure(server, connections, reviewsFile);
      // The first round warms both up.
      if (round > 0) taken.push(sample);
    }
  }
  for (const [server, taken] of samples) {
    const [rate, p99, cpu] = (["requestsPerSecond", "p99Milliseconds", "cpuMicroseconds"] as const).map(
      (of) => median(taken, of),
    );
    console.log(
      `  ${server.name.padEnd(8)} ${rate?.toFixed(0)} requests/s, p99 ${p99} ms, ${cpu?.toFixed(0)} us CPU a request`,
    );
  }
  const [ours = [], floor = []] = samples.values();
  const byRate = median(ours, "requestsPerSecond") / median(floor, "requestsPerSecond");
  const byCpu = median(floor, "cpuMicroseconds") / median(ours, "cpuMicroseconds");
  const load = loadavg()[0]?.toFixed(1);
  console.log(
    `  ratio    ${(byRate * 100).toFixed(0)} % by requests/s, ${(byCpu * 100).toFixed(0)} % by CPU (budget at 8 and 64: 60 %); load average ${load}`,
  );
}

await main();
