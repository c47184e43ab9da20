/**
 * `npm run bench:admission`: the webhook, pinned to one core, under keep-alive TLS load, beside a bare
 * node:https server that parses the same review and answers the same bytes, in turns. Prints the median of each
 * and their ratio, by requests per second and by CPU time a request (which other load on the machine disturbs less).
 */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs, promisify } from "node:util";
import { createAuthority, issueServingCertificate } from "../../src/certs/authority.ts";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "4" },
    connections: { type: "string", default: "1,8,64" },
  },
});
const REVIEW = new URL("admission-review.json", import.meta.url).pathname;
const WEBHOOK = new URL("../../dist/keycard.js", import.meta.url).pathname;
const BARE = new URL("admission-bare-server.ts", import.meta.url).pathname;
const AUTOCANNON = new URL("../../node_modules/autocannon/autocannon.js", import.meta.url).pathname;
const execFileAsync = promisify(execFile);

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

async function measure(server: Server, connections: string): Promise<Sample> {
  const before = server.cpuSeconds();
  const [command, args] = pinned(0, [
    AUTOCANNON,
    ...["-c", connections, "-d", options.seconds, "-m", "POST", "-H", "content-type: application/json"],
    ...["-i", REVIEW, "--json", `https://127.0.0.1:${server.port}/mutate?timeout=10s`],
  ]);
  const env = { ...process.env, NODE_TLS_REJECT_UNAUTHORIZED: "0" };
  const { stdout } = await execFileAsync(command, args, { env, maxBuffer: 1 << 24 });
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

/** The webhook's own answer, for the bare server to repeat. */
async function answerOf({ port }: Server): Promise<string> {
  process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
  const response = await fetch(`https://127.0.0.1:${port}/mutate`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: readFileSync(REVIEW),
  });
  return response.text();
}

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "keycard-bench-"));
  const [certificate, key, answer] = ["tls.crt", "tls.key", "answer.json"].map((name) =>
    join(folder, name),
  ) as [string, string, string];
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
  };
  try {
    await using webhook = await startServer("webhook", [WEBHOOK, "webhook"], env, (line) => {
      const { event, port } = JSON.parse(line);
      return event === "listening" ? port : undefined;
    });
    await writeFile(answer, await answerOf(webhook));
    await using bare = await startServer("bare", [BARE, certificate, key, answer], {}, Number);
    for (const connections of options.connections.split(",")) await compare(webhook, bare, connections);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function compare(webhook: Server, bare: Server, connections: string): Promise<void> {
  const samples = new Map<Server, Sample[]>([
    [webhook, []],
    [bare, []],
  ]);
  for (let round = 0; round <= Number(options.rounds); round++) {
    for (const [server, taken] of samples) {
      const sample = await measure(server, connections);
      // The first round warms both up.
      if (round > 0) taken.push(sample);
    }
  }
  console.log(`${connections} connections`);
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
  console.log(
    `  ratio    ${(byRate * 100).toFixed(0)} % by requests/s, ${(byCpu * 100).toFixed(0)} % by CPU (budget at 8 and 64: 60 %)`,
  );
}

await main();
